"""Which tables of the libraries the staff do not see: second factors and addresses are the person's own."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin

admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)
