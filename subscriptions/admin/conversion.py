"""How a trial is converted: by a quote that the customer has accepted, shown in money and dates before (BR-19)."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from subscriptions.admin.guided import GuidedAdmin, Page
from subscriptions.admin.parts import page_action
from subscriptions.admin.quote_steps import approve_grave_terms, what_is_made
from subscriptions.documents.audit_trail import logged
from subscriptions.forms import ConvertTrialForm
from subscriptions.models import Trial
from subscriptions.selectors.clock import database_now
from subscriptions.services.quotes import process_quote
from subscriptions.views.access import recording_of


class ConvertsTrials(GuidedAdmin):
    """The guided action on a trial's page."""

    @page_action(description=_("Convert"), icon="contract", permissions=["open"])
    def convert(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Process an accepted quote for a trial: what it makes and comes to is shown before, and why is kept."""
        trial, now = self.get_object(request, object_id), database_now()
        back = reverse("admin:subscriptions_trial_change", args=[trial.pk])
        form = ConvertTrialForm(request.POST or None, organization=trial.organization, now=now)
        if not form.fields["quote"].queryset.exists():  # type: ignore[attr-defined]
            return self.page(request, _nothing_to_convert_with(trial, back))

        def preview() -> Page:
            points = [
                _("The trial ends with it; its usage, people and keys stay."),
                *what_is_made(form.accepted_quote(), now),
                _("Because: %(reason)s") % {"reason": form.cleaned_data["reason"]},
            ]
            title, button = _("Convert this trial?"), _("Convert the trial")
            return Page(title=title, subject=trial.organization, points=points, button=button, back=back)

        def do() -> str:
            quote = form.accepted_quote()
            approve_grave_terms(request, quote)
            process_quote(quote.pk, recording=recording_of(request))
            self.log_change(request, trial, logged(f"Converted by {quote}", why=form.cleaned_data["reason"]))
            return gettext("The trial is converted: the subscription is made.")

        ask = Page(
            title=_("Convert the trial"),
            subject=trial.organization,
            message=_("The quote that the customer accepted becomes their agreement."),
            button=_("Continue"),
            back=back,
            confirms=False,
        )
        return self.guide(request, form=form, ask=ask, preview=preview, do=do)


def _nothing_to_convert_with(trial: Trial, back: str) -> Page:
    quote = f"{reverse('admin:subscriptions_quote_add')}?organization={trial.organization_id}"
    return Page(
        title=_("Convert the trial"),
        subject=trial.organization,
        message=_(
            "A trial becomes an agreement by a quote that the customer has accepted, and there is none yet: make one, "
            "issue it, and note on its page that it was accepted."
        ),
        back=back,
        elsewhere=(_("Make a quote"), quote),
    )
