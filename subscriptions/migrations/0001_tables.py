"""Every table of agreements, with its indexes and constraints."""

import django.db.models.deletion
import subscriptions.choices
import subscriptions.domain.reminders
import subscriptions.models.fields
import uuid
from django.conf import settings
from django.db import migrations, models

from subscriptions.models.operations import CreateModels, FirstMigration
from subscriptions.models.searched import searched_by_any_part, searched_by_beginning


class Migration(FirstMigration):
    initial = True
    last_before = "0021_idempotency"

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Account",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=200, unique=True)),
                    ],
                ),
                migrations.CreateModel(
                    name="IssuingEntity",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(help_text="Short name used in imports and commands.", unique=True)),
                        ("legal_name", models.CharField(max_length=200)),
                        ("address", models.TextField(help_text="Street, city and postal code, as they are printed.")),
                        ("country", models.CharField(help_text="ISO 3166-1 alpha-2 code, such as US or JP.", max_length=2)),
                        ("tax_ids", models.JSONField(blank=True, default=list, help_text='Printed in this order, e.g. ["EIN 12-3456789", "VAT DE123456789"].')),
                        ("invoice_prefix", models.CharField(default="INV-", help_text="Stands before the consecutive number of an invoice.", max_length=20)),
                        ("credit_note_prefix", models.CharField(default="CN-", help_text="Stands before the consecutive number of a credit note.", max_length=20)),
                        ("logo_svg", models.TextField(blank=True, help_text="The logo as SVG source; printed at the top of each document.")),
                        ("sales_email", models.EmailField(blank=True, max_length=254)),
                        ("hardware_email", models.EmailField(blank=True, max_length=254)),
                        ("invoicing_email", models.EmailField(blank=True, help_text="Where a customer asks about an invoice.", max_length=254)),
                        ("collections_email", models.EmailField(blank=True, max_length=254)),
                        ("terms_url", models.URLField(blank=True)),
                        ("service_level_url", models.URLField(blank=True, help_text="Applies to paid subscriptions only.")),
                        ("quote_prefix", models.CharField(default="Q-", help_text="Stands before the consecutive number of a quote.", max_length=20)),
                        ("reminder_days", models.JSONField(blank=True, default=subscriptions.domain.reminders.usual_reminder_days, help_text="After how many days past due its customers are reminded, e.g. [3, 14, 30]; empty: never.")),
                    ],
                    options={
                        "verbose_name_plural": "issuing entities",
                    },
                ),
                migrations.CreateModel(
                    name="Product",
                    fields=[
                        ("code", models.SlugField(help_text="How events, prices and imports name it.", primary_key=True, serialize=False)),
                        ("name", models.CharField(help_text="As it is printed on an invoice.", max_length=200)),
                        ("kind", models.CharField(choices=[("license", "License"), ("add_on", "Add-on"), ("resource", "Resource"), ("number", "Phone number"), ("voice", "Voice"), ("hardware", "Hardware"), ("one_time", "One-time charge")], max_length=20)),
                    ],
                    options={
                        "ordering": ["code"],
                    },
                ),
                migrations.CreateModel(
                    name="TaxAuthority",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(help_text="As it is printed on an invoice.", max_length=200)),
                    ],
                    options={
                        "verbose_name_plural": "tax authorities",
                    },
                ),
                migrations.CreateModel(
                    name="VoiceRateDeck",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=100, unique=True)),
                        ("currency", models.CharField(choices=[("AUD", "AUD"), ("BRL", "BRL"), ("CAD", "CAD"), ("EUR", "EUR"), ("GBP", "GBP"), ("JPY", "JPY"), ("NZD", "NZD"), ("USD", "USD")], max_length=3)),
                    ],
                ),
                migrations.CreateModel(
                    name="Organization",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(help_text="How usage events name the organization (the extension attribute `organization`).", unique=True)),
                        ("name", models.CharField(help_text="What people call it.", max_length=200)),
                        ("legal_name", models.CharField(help_text="The bill-to name, as it is printed.", max_length=200)),
                        ("address", models.TextField(blank=True, help_text="The bill-to address, as it is printed.")),
                        ("country", models.CharField(help_text="ISO 3166-1 alpha-2 code; it decides between A4 and Letter.", max_length=2)),
                        ("tax_id", models.CharField(blank=True, help_text="VAT or other tax number, as it is printed; with a VAT number of another member state of the European Union than the issuing entity's, the organization is invoiced under reverse charge.", max_length=40, verbose_name="tax id")),
                        ("language", models.CharField(choices=subscriptions.choices.languages, default="en", help_text="Of documents and mail.", max_length=10)),
                        ("regions", models.JSONField(blank=True, default=list, help_text="Regions the organization lives in; concurrent licensing needs exactly one.")),
                        ("account", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="organizations", to="subscriptions.account")),
                        ("csms", models.ManyToManyField(blank=True, help_text="Who works on this organization; a lead works on all.", related_name="assigned_organizations", to=settings.AUTH_USER_MODEL, verbose_name="customer success managers")),
                        ("buyer_reference", models.CharField(blank=True, help_text="What the customer asks to be named on each invoice, such as a German Leitweg-ID or a department.", max_length=100)),
                        (
                            "e_invoicing",
                            models.CharField(
                                choices=[("by_country", "By country: in the European Union"), ("always", "Always"), ("never", "Never")],
                                default="by_country",
                                help_text="Whether each PDF carries a file for the customer's program (Factur-X and ZUGFeRD, EN 16931); it holds for PDFs that are still to be made.",
                                max_length=20,
                                verbose_name="e-invoices",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "permissions": [("lead", "Works on every organization (CSM lead, finance)")],
                        "indexes": [models.Index(fields=["name", "id"], name="organization_by_name")],
                    },
                ),
                migrations.CreateModel(
                    name="DeletionPermit",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("reason", models.TextField()),
                        ("granted_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(help_text="Empty: the words of the audit trail that belong to no organization.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscriptions.organization")),
                    ],
                ),
                migrations.CreateModel(
                    name="PriceBook",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("currency", models.CharField(choices=[("AUD", "AUD"), ("BRL", "BRL"), ("CAD", "CAD"), ("EUR", "EUR"), ("GBP", "GBP"), ("JPY", "JPY"), ("NZD", "NZD"), ("USD", "USD")], max_length=3)),
                        ("effective_date", models.DateField(help_text="In force for service periods that start on this day or later.")),
                        ("name", models.CharField(blank=True, max_length=100)),
                    ],
                    options={
                        "ordering": ["currency", "-effective_date"],
                        "constraints": [models.UniqueConstraint(fields=("currency", "effective_date"), name="subscriptions_pricebook_one_a_day")],
                    },
                ),
                migrations.CreateModel(
                    name="OrganizationTax",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("position", models.PositiveSmallIntegerField(default=0)),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="taxes", to="subscriptions.organization")),
                        ("authority", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.taxauthority")),
                    ],
                    options={
                        "verbose_name_plural": "organization taxes",
                        "ordering": ["organization_id", "position"],
                        "constraints": [models.UniqueConstraint(fields=("organization", "authority"), name="subscriptions_organizationtax_once")],
                    },
                ),
                migrations.CreateModel(
                    name="AuthorityRate",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("effective_date", models.DateField(help_text="In force for documents dated on this day or later.")),
                        ("rate", models.DecimalField(decimal_places=6, help_text="Percent.", max_digits=9)),
                        ("taxable", models.DecimalField(decimal_places=6, default=100, help_text="Percent of the revenue that is taxed.", max_digits=9)),
                        ("categories", models.JSONField(help_text="Which revenue: software, telecom, hardware, service.")),
                        ("authority", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rates", to="subscriptions.taxauthority")),
                    ],
                    options={
                        "ordering": ["authority_id", "-effective_date"],
                        "constraints": [models.UniqueConstraint(fields=("authority", "effective_date"), name="subscriptions_rate_one_a_day"), models.CheckConstraint(condition=models.Q(("rate__gte", 0), ("rate__lte", 999), ("taxable__gte", 0), ("taxable__lte", 100)), name="subscriptions_rate_is_a_percentage")],
                    },
                ),
                migrations.CreateModel(
                    name="VoiceRateDeckVersion",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("effective_date", models.DateField(help_text="In force for service periods that start on this day or later.")),
                        ("token", models.UUIDField(default=uuid.uuid4, editable=False, help_text="Names these rates for ever.", unique=True)),
                        ("increment_seconds", models.PositiveSmallIntegerField(default=6, help_text="Calls are rounded up to this many seconds.")),
                        ("deck", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="subscriptions.voiceratedeck")),
                    ],
                    options={
                        "ordering": ["deck_id", "-effective_date"],
                        "constraints": [models.UniqueConstraint(fields=("deck", "effective_date"), name="subscriptions_voicedeckversion_one_a_day"), models.CheckConstraint(condition=models.Q(("increment_seconds__gte", 1)), name="subscriptions_voicedeckversion_increment")],
                    },
                ),
                migrations.CreateModel(
                    name="VoiceRate",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("direction", models.CharField(choices=[("outbound", "Outbound"), ("inbound", "Inbound"), ("toll_free", "Toll free")], max_length=20)),
                        ("prefix", models.CharField(help_text="E.164, such as +33 or +336; the longest that matches counts.", max_length=20)),
                        ("destination", models.CharField(help_text="As it is printed on an invoice.", max_length=200)),
                        ("per_minute", subscriptions.models.fields.PriceField(decimal_places=6, max_digits=20)),
                        ("version", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="rates", to="subscriptions.voiceratedeckversion")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("version", "direction", "prefix"), name="subscriptions_voicerate_once"),
                            models.CheckConstraint(condition=models.Q(("per_minute__isnull", True), models.Q(("per_minute__gte", 0), ("per_minute__lte", 100000000000000)), _connector="OR"), name="subscriptions_voicerate_per_minute_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="BankAccount",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("currency", models.CharField(choices=[("AUD", "AUD"), ("BRL", "BRL"), ("CAD", "CAD"), ("EUR", "EUR"), ("GBP", "GBP"), ("JPY", "JPY"), ("NZD", "NZD"), ("USD", "USD")], max_length=3)),
                        ("bank_name", models.CharField(max_length=200)),
                        ("details", models.JSONField(default=list, help_text='Label and value pairs, printed in this order, e.g. [["Routing (ACH)", "021000021"]].')),
                        ("issuing_entity", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="bank_accounts", to="subscriptions.issuingentity")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("issuing_entity", "currency"), name="subscriptions_bankaccount_one_per_currency")],
                    },
                ),
                migrations.CreateModel(
                    name="Membership",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("billing_subscription", models.BooleanField(default=False, help_text="Sees the Subscription Admin view: licenses in use, people, history.")),
                        ("billing_contact", models.BooleanField(default=False, help_text="Sees and downloads invoices.")),
                        ("user", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="subscriptions.organization")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("organization", "user"), name="subscriptions_membership_once")],
                    },
                ),
                migrations.CreateModel(
                    name="ExemptionCertificate",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("number", models.CharField(help_text="As it stands on the certificate; printed on documents.", max_length=100)),
                        ("valid_from", models.DateField()),
                        ("valid_until", models.DateField(blank=True, help_text="Inclusive; empty: until it is withdrawn.", null=True)),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="exemptions", to="subscriptions.organization")),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("valid_until__isnull", True), ("valid_until__gte", models.F("valid_from")), _connector="OR"), name="subscriptions_exemption_ends_after_it_begins")],
                    },
                ),
                migrations.CreateModel(
                    name="BillingContact",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(max_length=200)),
                        ("email", models.EmailField(max_length=254)),
                        ("language", models.CharField(choices=subscriptions.choices.languages, default="en", max_length=10)),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="billing_contacts", to="subscriptions.organization")),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("organization", "email"), name="subscriptions_billingcontact_once")],
                    },
                ),
                migrations.CreateModel(
                    name="PriceBookEntry",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("price", subscriptions.models.fields.PriceField(decimal_places=6, help_text="Per unit and month, net of tax.", max_digits=20)),
                        ("setup_price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Of a phone number: charged once when it is activated.", max_digits=20, null=True)),
                        ("price_book", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="entries", to="subscriptions.pricebook")),
                        ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                    ],
                    options={
                        "verbose_name_plural": "price book entries",
                        "constraints": [
                            models.UniqueConstraint(fields=("price_book", "product"), name="subscriptions_pricebookentry_once"),
                            models.CheckConstraint(condition=models.Q(("price__isnull", True), models.Q(("price__gte", 0), ("price__lte", 100000000000000)), _connector="OR"), name="subscriptions_pricebookentry_price_finite"),
                            models.CheckConstraint(condition=models.Q(("setup_price__isnull", True), models.Q(("setup_price__gte", 0), ("setup_price__lte", 100000000000000)), _connector="OR"), name="subscriptions_pricebookentry_setup_price_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Invitation",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("email", models.EmailField(max_length=254)),
                        ("billing_subscription", models.BooleanField(default=False, help_text="Will see the Subscription Admin view: licenses in use, people, history.")),
                        ("billing_contact", models.BooleanField(default=False, help_text="Will see and download invoices.")),
                        ("invited_at", models.DateTimeField()),
                        ("expires_at", models.DateTimeField()),
                        ("accepted_at", models.DateTimeField(blank=True, null=True)),
                        ("accepted_by", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("invited_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="subscriptions.organization")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("accepted_at__isnull", True)), fields=("organization", "email"), name="subscriptions_invitation_one_open"),
                            models.CheckConstraint(condition=models.Q(("accepted_at__isnull", True), ("accepted_by__isnull", False), _connector="OR"), name="subscriptions_invitation_accepted_by_somebody"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="OutgoingMail",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("invitation", "Invitation"),
                                    ("invoice", "Invoice"),
                                    ("credit_note", "Credit note"),
                                    ("contact_change", "Change of a billing contact"),
                                    ("trial_confirmation", "Confirm a trial"),
                                    ("trial_warning", "Warning of a removal"),
                                    ("trial_storage", "Storage of a trial"),
                                    ("books_wrong", "Books that are wrong"),
                                    ("cycle_failed", "A cycle that failed"),
                                    ("reminder", "Payment reminder"),
                                    ("webhook_off", "A webhook that was switched off"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("key", models.CharField(help_text="Names its reason: of one reason one mail is sent.", max_length=200, unique=True)),
                        ("recipient", models.EmailField(max_length=254)),
                        ("language", models.CharField(choices=subscriptions.choices.languages, max_length=10)),
                        ("subject", models.CharField(max_length=300, verbose_name="subject line")),
                        ("body", models.TextField()),
                        ("attachment_name", models.CharField(blank=True, max_length=200)),
                        ("attachment", models.BinaryField(help_text="Kept until the mail is sent.", null=True)),
                        ("queued_at", models.DateTimeField()),
                        ("sent_at", models.DateTimeField(blank=True, null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_attempt_at", models.DateTimeField(help_text="Not tried again before this instant.")),
                        ("last_error", models.TextField(blank=True)),
                        ("organization", models.ForeignKey(db_index=False, help_text="Empty: there is none yet.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "verbose_name_plural": "outgoing mail",
                        "indexes": [models.Index(condition=models.Q(("sent_at__isnull", True)), fields=["next_attempt_at"], name="subscriptions_mail_pending"), models.Index(fields=["organization", "-queued_at"], name="subscriptions_mail_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="TaxIdCheck",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("country", models.CharField(max_length=2)),
                        ("tax_id", models.CharField(max_length=40)),
                        ("verdict", models.CharField(choices=[("valid", "Valid"), ("invalid", "Not valid"), ("unknown", "Unknown")], max_length=10)),
                        ("method", models.CharField(choices=[("check_digits", "By its check digits")], max_length=20)),
                        ("checked_by", models.CharField(help_text="Name and version of what checked it.", max_length=60)),
                        ("checked_at", models.DateTimeField()),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="tax_id_checks", to="subscriptions.organization")),
                    ],
                    options={
                        "ordering": ["organization_id", "-id"],
                    },
                ),
                migrations.CreateModel(
                    name="Trial",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("code", models.SlugField(help_text="The organization's code when it started; of a removed one, its last.")),
                        ("country", models.CharField(help_text="For which it was requested; ISO 3166-1 alpha-2.", max_length=2)),
                        ("started_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField(blank=True, help_text="Empty: the free service, without a limit.", null=True)),
                        ("ended_at", models.DateTimeField(blank=True, help_text="When a person ended it before its time.", null=True)),
                        ("stored_gigabytes", subscriptions.models.fields.QuantityField(decimal_places=6, help_text="The latest reading that was looked at.", max_digits=20, null=True)),
                        ("storage_reported_at", models.DateTimeField(help_text="When going past the included storage was reported; it is reported once.", null=True)),
                        ("warned_at", models.DateTimeField(help_text="When its contact was warned of the removal.", null=True)),
                        ("warned_because", models.CharField(blank=True, choices=[("ended", "It ended"), ("inactive", "Nobody logged in")], max_length=10)),
                        ("removal_asked_at", models.DateTimeField(help_text="When a person asked to have it removed at once.", null=True)),
                        ("removal_reason", models.TextField(blank=True)),
                        ("removed_at", models.DateTimeField(null=True)),
                        ("ended_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.OneToOneField(help_text="Empty: removed.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="trial", to="subscriptions.organization")),
                        ("removal_asked_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("requested_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "ordering": ["-started_at", "-id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("organization__isnull", True), ("removed_at__isnull", False)), models.Q(("organization__isnull", False), ("removed_at__isnull", True)), _connector="OR"), name="subscriptions_trial_removed_belongs_to_nobody"),
                            models.CheckConstraint(condition=models.Q(("ends_at__isnull", True), ("ends_at__gt", models.F("started_at")), _connector="OR"), name="subscriptions_trial_ends_after_it_begins"),
                            models.CheckConstraint(condition=models.Q(models.Q(("warned_at__isnull", True), ("warned_because", "")), models.Q(("warned_at__isnull", False), models.Q(("warned_because", ""), _negated=True)), _connector="OR"), name="subscriptions_trial_warned_for_a_cause"),
                            models.CheckConstraint(condition=models.Q(("removal_asked_at__isnull", True), models.Q(("removal_asked_by__isnull", False), models.Q(("removal_reason", ""), _negated=True)), _connector="OR"), name="subscriptions_trial_removal_asked_with_reason"),
                            models.CheckConstraint(condition=models.Q(("stored_gigabytes__isnull", True), models.Q(("stored_gigabytes__gte", 0), ("stored_gigabytes__lte", 100000000000000)), _connector="OR"), name="subscriptions_trial_stored_gigabytes_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Erasure",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("trial", "A trial"), ("person", "A person")], max_length=10)),
                        ("erased_at", models.DateTimeField()),
                        ("reason", models.TextField(help_text="Why, for whoever asks later.")),
                        ("rows", models.JSONField(help_text="How many rows of each table were deleted.")),
                        ("erased_by", models.ForeignKey(help_text="Empty: the sweep, after its warning.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("person", models.ForeignKey(help_text="The emptied account of the person who was erased.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("trial", models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="erasure", to="subscriptions.trial")),
                    ],
                    options={
                        "ordering": ["-erased_at", "-id"],
                        "constraints": [models.CheckConstraint(condition=models.Q(models.Q(("person__isnull", True), ("trial__isnull", False)), models.Q(("person__isnull", False), ("trial__isnull", True)), _connector="OR"), name="subscriptions_erasure_of_one_subject")],
                    },
                ),
                migrations.CreateModel(
                    name="TrialRequest",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("token", models.UUIDField(default=uuid.uuid4, help_text="Names the request in the link.", unique=True)),
                        ("company", models.CharField(max_length=200)),
                        ("contact_name", models.CharField(max_length=200)),
                        ("email", models.EmailField(help_text="In lower case.", max_length=150, unique=True)),
                        ("country", models.CharField(max_length=2)),
                        ("region", models.CharField(max_length=60)),
                        ("language", models.CharField(choices=subscriptions.choices.languages, default="en", max_length=10)),
                        ("requested_at", models.DateTimeField()),
                        ("mail", models.OneToOneField(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="trial_request", to="subscriptions.outgoingmail")),
                    ],
                ),
                migrations.CreateModel(
                    name="PriceImport",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("price_book", "Price book"), ("rate_deck", "Rate deck"), ("tax_rates", "Tax rates")], max_length=20)),
                        ("currency", models.CharField(blank=True, choices=[("AUD", "AUD"), ("BRL", "BRL"), ("CAD", "CAD"), ("EUR", "EUR"), ("GBP", "GBP"), ("JPY", "JPY"), ("NZD", "NZD"), ("USD", "USD")], help_text="Of a price book.", max_length=3)),
                        ("effective_date", models.DateField(help_text="The first day on which these prices are in force.")),
                        ("increment_seconds", models.PositiveSmallIntegerField(blank=True, help_text="Of a rate deck: calls are rounded up to this many seconds.", null=True)),
                        ("scope", models.CharField(choices=[("complete", "Everything: what the file does not name ends on that day"), ("changes", "Only what changes: what the file does not name stays as it is")], default="complete", max_length=10, verbose_name="the file lists")),
                        ("file_name", models.CharField(max_length=200)),
                        ("sha256", models.CharField(editable=False, max_length=64)),
                        ("uploaded_at", models.DateTimeField()),
                        ("state", models.CharField(choices=[("uploaded", "Being read"), ("faulty", "To be mended"), ("unchanged", "Nothing to import"), ("ready", "To be confirmed"), ("confirmed", "Being imported"), ("imported", "Imported")], default="uploaded", editable=False, max_length=10)),
                        ("claimed_at", models.DateTimeField(editable=False, help_text="When a worker last took it on.", null=True)),
                        ("rows_read", models.PositiveIntegerField(default=0, editable=False)),
                        ("counts", models.JSONField(default=dict, editable=False, help_text="How many entries change in which way.")),
                        ("basis", models.CharField(editable=False, help_text="Names the list that the file was compared with.", max_length=64)),
                        ("was_outdated", models.BooleanField(default=False, editable=False, help_text="Whether that list changed before these prices were imported.")),
                        ("imported_at", models.DateTimeField(editable=False, null=True)),
                        ("findings", models.BinaryField(default=bytes, help_text="Every change, or every fault; compressed.")),
                        ("content", models.BinaryField(default=bytes, help_text="The file, until it is imported.")),
                        ("deck", models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.voiceratedeck")),
                        ("uploaded_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "ordering": ["-uploaded_at", "-pk"],
                        "indexes": [models.Index(condition=models.Q(("state__in", ["uploaded", "confirmed"])), fields=["uploaded_at"], name="priceimport_to_work_on")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("deck__isnull", True), ("kind", "price_book"), models.Q(("currency", ""), _negated=True)),
                                    models.Q(("currency", ""), ("deck__isnull", False), ("increment_seconds__gte", 1), ("kind", "rate_deck")),
                                    models.Q(("currency", ""), ("deck__isnull", True), ("kind", "tax_rates")),
                                    _connector="OR",
                                ),
                                name="subscriptions_priceimport_names_its_list",
                            ),
                            models.CheckConstraint(condition=models.Q(models.Q(("imported_at__isnull", False), ("state", "imported")), models.Q(models.Q(("state", "imported"), _negated=True), ("imported_at__isnull", True)), _connector="OR"), name="subscriptions_priceimport_imported_once"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Quote",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("currency", models.CharField(choices=[("AUD", "AUD"), ("BRL", "BRL"), ("CAD", "CAD"), ("EUR", "EUR"), ("GBP", "GBP"), ("JPY", "JPY"), ("NZD", "NZD"), ("USD", "USD")], max_length=3)),
                        ("language", models.CharField(blank=True, choices=subscriptions.choices.languages, help_text="Of the PDF; empty: the organization's.", max_length=10)),
                        ("time_zone", models.CharField(default="America/New_York", help_text="The billing time zone (IANA name): the quote expires, and billing periods begin, at its midnight.", max_length=64)),
                        ("valid_days", models.PositiveSmallIntegerField(default=30, help_text="How many days after the day of issue it can be accepted; the last one counts.")),
                        ("notes", models.TextField(blank=True, help_text="Printed on the quote, for the customer to read.")),
                        ("effective_date", models.DateField(blank=True, help_text="The first day of service. Billing periods start on this day of each month.", null=True)),
                        (
                            "commercial_model",
                            models.CharField(blank=True, choices=[("MONTH_TO_MONTH", "Month to month"), ("PREPAY_MONTHLY_COMMITMENT", "Annual, billed monthly in advance"), ("PREPAY", "Annual, prepaid")], help_text="When commitments are invoiced; empty: the quote offers no new agreement.", max_length=30),
                        ),
                        ("licensing_model", models.CharField(blank=True, choices=[("named", "Named users"), ("concurrent", "Concurrent users"), ("hourly", "Hourly users")], help_text="How contact-center users are counted.", max_length=20)),
                        ("edition", models.CharField(choices=[("2016", "2016 (four hours, on queue, call ports)"), ("2019", "2019 (any login, unbroken peak, fair use)"), ("2025", "2025 (accumulated peak, free ramp, fair use)")], default="2019", help_text="Which version of the rules applies.", max_length=4)),
                        ("ramp_months", models.PositiveSmallIntegerField(default=0, help_text="Opening months without a commitment.")),
                        ("term_months", models.PositiveSmallIntegerField(default=12, help_text="Contracted months after the ramp; the term renews for the same length.")),
                        ("net_days", models.PositiveSmallIntegerField(default=30, help_text="Days from invoice date to due date.")),
                        ("multi_shift", models.BooleanField(default=False, help_text="Stated by the organization: shifts, not follow-the-sun. Concurrent licensing needs it.", verbose_name="works in shifts")),
                        ("sequence", models.PositiveBigIntegerField(editable=False, help_text="Consecutive in its issuing entity's series, given when it is issued.", null=True)),
                        ("number", models.CharField(blank=True, editable=False, max_length=50)),
                        ("issued_at", models.DateTimeField(editable=False, help_text="None of a draft.", null=True)),
                        ("expires_at", models.DateTimeField(editable=False, help_text="The first instant at which it can no longer be accepted.", null=True)),
                        ("frozen", models.JSONField(editable=False, help_text="Everything on the PDF as it stood on issue.", null=True)),
                        ("copy_of", models.ForeignKey(editable=False, help_text="Made from this.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="copies", to="subscriptions.quote")),
                        ("issuing_entity", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.issuingentity")),
                        ("made_by", models.ForeignKey(editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="quotes", to="subscriptions.organization")),
                        ("rate_deck", models.ForeignKey(blank=True, help_text="What calls cost; empty: no voice is sold.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.voiceratedeck")),
                    ],
                    options={
                        "ordering": ["-id"],
                        "constraints": [
                            models.UniqueConstraint(fields=("issuing_entity", "sequence"), name="subscriptions_quote_sequence_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("expires_at__isnull", True), ("frozen__isnull", True), ("issued_at__isnull", True), ("number", ""), ("sequence__isnull", True)), models.Q(("expires_at__isnull", False), ("frozen__isnull", False), ("issued_at__isnull", False), ("sequence__isnull", False)), _connector="OR"
                                ),
                                name="subscriptions_quote_issued_or_not",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("commercial_model", ""), ("effective_date__isnull", True), ("licensing_model", "")), models.Q(("effective_date__isnull", False), models.Q(("commercial_model", ""), _negated=True), models.Q(("licensing_model", ""), _negated=True)), _connector="OR"),
                                name="subscriptions_quote_agreement_or_not",
                            ),
                            models.CheckConstraint(condition=models.Q(("term_months__gte", 1)), name="subscriptions_quote_term_at_least_a_month"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("effective_date", models.DateField(help_text="The order date. Billing periods start on this day of each month.")),
                        ("currency", models.CharField(choices=[("AUD", "AUD"), ("BRL", "BRL"), ("CAD", "CAD"), ("EUR", "EUR"), ("GBP", "GBP"), ("JPY", "JPY"), ("NZD", "NZD"), ("USD", "USD")], max_length=3)),
                        ("commercial_model", models.CharField(choices=[("MONTH_TO_MONTH", "Month to month"), ("PREPAY_MONTHLY_COMMITMENT", "Annual, billed monthly in advance"), ("PREPAY", "Annual, prepaid")], help_text="When commitments are invoiced.", max_length=30)),
                        ("licensing_model", models.CharField(choices=[("named", "Named users"), ("concurrent", "Concurrent users"), ("hourly", "Hourly users")], help_text="How contact-center users are counted.", max_length=20)),
                        ("edition", models.CharField(choices=[("2016", "2016 (four hours, on queue, call ports)"), ("2019", "2019 (any login, unbroken peak, fair use)"), ("2025", "2025 (accumulated peak, free ramp, fair use)")], default="2019", help_text="Which version of the rules applies.", max_length=4)),
                        ("time_zone", models.CharField(default="America/New_York", help_text="The billing time zone (IANA name): periods begin and end at its midnight.", max_length=64)),
                        ("ramp_months", models.PositiveSmallIntegerField(default=0, help_text="Opening months without a commitment.")),
                        ("term_months", models.PositiveSmallIntegerField(default=12, help_text="Contracted months after the ramp; the term renews for the same length.")),
                        ("net_days", models.PositiveSmallIntegerField(default=30, help_text="Days from invoice date to due date.")),
                        ("cutoff_hours", models.PositiveSmallIntegerField(default=6, help_text="Hours after a period's end during which its usage is still awaited.")),
                        ("po_number", models.CharField(blank=True, help_text="Printed on each invoice, as the customer asked.", max_length=60, verbose_name="purchase order")),
                        ("multi_shift", models.BooleanField(default=False, help_text="Stated by the organization: shifts, not follow-the-sun. Concurrent licensing needs it.", verbose_name="works in shifts")),
                        ("last_service_date", models.DateField(blank=True, help_text="Last day of service after a cancellation.", null=True)),
                        ("cancelled_on", models.DateField(blank=True, help_text="The day the cancellation was recorded.", null=True)),
                        ("issuing_entity", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="subscriptions.issuingentity")),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="subscriptions", to="subscriptions.organization")),
                        ("rate_deck", models.ForeignKey(blank=True, help_text="What calls cost; empty: the organization buys no voice and its calls are not rated.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.voiceratedeck")),
                        ("quote", models.OneToOneField(editable=False, help_text="The accepted quote that it was made of.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="subscription", to="subscriptions.quote")),
                    ],
                    options={
                        "ordering": ["organization_id", "-effective_date"],
                        "indexes": [models.Index(fields=["-effective_date", "-id"], name="subscription_newest")],
                        "constraints": [
                            models.UniqueConstraint(fields=("organization", "effective_date"), name="subscriptions_subscription_one_a_day"),
                            models.CheckConstraint(condition=models.Q(("term_months__gte", 1)), name="subscriptions_subscription_term_at_least_a_month"),
                            models.CheckConstraint(condition=models.Q(("last_service_date__isnull", True), ("last_service_date__gte", models.F("effective_date")), _connector="OR"), name="subscriptions_subscription_ends_after_it_begins"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubscriptionAllowance",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("quantity", subscriptions.models.fields.QuantityField(decimal_places=6, help_text="Minutes, gigabytes or requests that one seat brings.", max_digits=20)),
                        ("product", models.ForeignKey(help_text="License or add-on.", on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("resource", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("subscription", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="allowances", to="subscriptions.subscription")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("subscription", "product", "resource"), name="subscriptions_subscriptionallowance_once"),
                            models.CheckConstraint(condition=models.Q(("quantity__isnull", True), models.Q(("quantity__gte", 0), ("quantity__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionallowance_quantity_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubscriptionChange",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("effective_date", models.DateField(help_text="Takes effect at the first period start on or after this day.")),
                        ("commitment", subscriptions.models.fields.QuantityField(blank=True, decimal_places=6, help_text="Empty: unchanged.", max_digits=20, null=True)),
                        ("price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Empty: unchanged.", max_digits=20, null=True)),
                        ("overage_price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Empty: unchanged.", max_digits=20, null=True)),
                        ("recorded_at", models.DateTimeField(help_text="When it was recorded.")),
                        ("reason", models.TextField(help_text="Why, for whoever asks later.")),
                        ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("recorded_by", models.ForeignKey(help_text="Who recorded it.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("subscription", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="subscriptions.subscription")),
                    ],
                    options={
                        "ordering": ["subscription_id", "recorded_at", "id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("commitment__isnull", True), models.Q(("commitment__gte", 0), ("commitment__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionchange_commitment_finite"),
                            models.CheckConstraint(condition=models.Q(("price__isnull", True), models.Q(("price__gte", 0), ("price__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionchange_price_finite"),
                            models.CheckConstraint(condition=models.Q(("overage_price__isnull", True), models.Q(("overage_price__gte", 0), ("overage_price__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionchange_overage_price_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="SubscriptionPrice",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("commitment", subscriptions.models.fields.QuantityField(decimal_places=6, default=0, help_text="Contracted quantity, invoiced in advance.", max_digits=20)),
                        ("price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Per unit and month; empty: the price book's at the start of the period.", max_digits=20, null=True)),
                        ("overage_price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Above the commitment; empty: the price.", max_digits=20, null=True)),
                        ("setup_price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Of a phone number: charged once when it is activated.", max_digits=20, null=True)),
                        ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("subscription", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="prices", to="subscriptions.subscription")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("subscription", "product"), name="subscriptions_subscriptionprice_once"),
                            models.CheckConstraint(condition=models.Q(("commitment__isnull", True), models.Q(("commitment__gte", 0), ("commitment__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionprice_commitment_finite"),
                            models.CheckConstraint(condition=models.Q(("price__isnull", True), models.Q(("price__gte", 0), ("price__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionprice_price_finite"),
                            models.CheckConstraint(condition=models.Q(("overage_price__isnull", True), models.Q(("overage_price__gte", 0), ("overage_price__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionprice_overage_price_finite"),
                            models.CheckConstraint(condition=models.Q(("setup_price__isnull", True), models.Q(("setup_price__gte", 0), ("setup_price__lte", 100000000000000)), _connector="OR"), name="subscriptions_subscriptionprice_setup_price_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteAllowance",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("quantity", subscriptions.models.fields.QuantityField(decimal_places=6, help_text="Minutes, gigabytes or requests that one seat brings.", max_digits=20)),
                        ("product", models.ForeignKey(help_text="License or add-on.", on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("quote", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="allowances", to="subscriptions.quote")),
                        ("resource", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("quote", "product", "resource"), name="subscriptions_quoteallowance_once"),
                            models.CheckConstraint(condition=models.Q(("quantity__isnull", True), models.Q(("quantity__gte", 0), ("quantity__lte", 100000000000000)), _connector="OR"), name="subscriptions_quoteallowance_quantity_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteItem",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("quantity", subscriptions.models.fields.QuantityField(decimal_places=6, max_digits=20)),
                        ("price", subscriptions.models.fields.PriceField(decimal_places=6, help_text="Per unit, net of tax.", max_digits=20)),
                        ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("quote", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="items", to="subscriptions.quote")),
                    ],
                    options={
                        "ordering": ["quote_id", "id"],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("quantity__isnull", True), models.Q(("quantity__gte", 0), ("quantity__lte", 100000000000000)), _connector="OR"), name="subscriptions_quoteitem_quantity_finite"),
                            models.CheckConstraint(condition=models.Q(("price__isnull", True), models.Q(("price__gte", 0), ("price__lte", 100000000000000)), _connector="OR"), name="subscriptions_quoteitem_price_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Order",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("quantity", subscriptions.models.fields.QuantityField(decimal_places=6, max_digits=20)),
                        ("price", subscriptions.models.fields.PriceField(decimal_places=6, help_text="Per unit, net of tax.", max_digits=20)),
                        ("processed_on", models.DateField(blank=True, help_text="Services are invoiced on this day; hardware is when it ships.", null=True)),
                        ("charged", models.BooleanField(default=False, editable=False, help_text="Whether its invoice is issued.")),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                        ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("subscription", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="subscriptions.subscription")),
                        ("quote_item", models.OneToOneField(editable=False, help_text="What was accepted.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="order", to="subscriptions.quoteitem")),
                    ],
                    options={
                        "indexes": [models.Index(condition=models.Q(("charged", False), ("processed_on__isnull", False)), fields=["processed_on"], name="order_to_charge")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(("quantity__isnull", True), models.Q(("quantity__gte", 0), ("quantity__lte", 100000000000000)), _connector="OR"), name="subscriptions_order_quantity_finite"),
                            models.CheckConstraint(condition=models.Q(("price__isnull", True), models.Q(("price__gte", 0), ("price__lte", 100000000000000)), _connector="OR"), name="subscriptions_order_price_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Shipment",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("shipped_on", models.DateField()),
                        ("quantity", subscriptions.models.fields.QuantityField(decimal_places=6, max_digits=20)),
                        ("charged", models.BooleanField(default=False, editable=False, help_text="Whether its invoice is issued.")),
                        ("order", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="shipments", to="subscriptions.order")),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [models.Index(condition=models.Q(("charged", False)), fields=["shipped_on"], name="shipment_to_charge")],
                        "constraints": [models.CheckConstraint(condition=models.Q(("quantity__isnull", True), models.Q(("quantity__gte", 0), ("quantity__lte", 100000000000000)), _connector="OR"), name="subscriptions_shipment_quantity_finite")],
                    },
                ),
                migrations.CreateModel(
                    name="QuotePrice",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("commitment", subscriptions.models.fields.QuantityField(decimal_places=6, default=0, help_text="Contracted quantity, invoiced in advance.", max_digits=20)),
                        ("price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Per unit and month; empty: the price book's at the start of the period.", max_digits=20, null=True)),
                        ("overage_price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Above the commitment; empty: the price.", max_digits=20, null=True)),
                        ("setup_price", subscriptions.models.fields.PriceField(blank=True, decimal_places=6, help_text="Of a phone number: charged once when it is activated.", max_digits=20, null=True)),
                        ("product", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.product")),
                        ("quote", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="prices", to="subscriptions.quote")),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("quote", "product"), name="subscriptions_quoteprice_once"),
                            models.CheckConstraint(condition=models.Q(("commitment__isnull", True), models.Q(("commitment__gte", 0), ("commitment__lte", 100000000000000)), _connector="OR"), name="subscriptions_quoteprice_commitment_finite"),
                            models.CheckConstraint(condition=models.Q(("price__isnull", True), models.Q(("price__gte", 0), ("price__lte", 100000000000000)), _connector="OR"), name="subscriptions_quoteprice_price_finite"),
                            models.CheckConstraint(condition=models.Q(("overage_price__isnull", True), models.Q(("overage_price__gte", 0), ("overage_price__lte", 100000000000000)), _connector="OR"), name="subscriptions_quoteprice_overage_price_finite"),
                            models.CheckConstraint(condition=models.Q(("setup_price__isnull", True), models.Q(("setup_price__gte", 0), ("setup_price__lte", 100000000000000)), _connector="OR"), name="subscriptions_quoteprice_setup_price_finite"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="QuoteStep",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("kind", models.CharField(choices=[("issued", "Issued"), ("accepted", "Accepted"), ("declined", "Declined"), ("processed", "Processed")], max_length=20, verbose_name="what")),
                        ("recorded_at", models.DateTimeField(help_text="When it was recorded.")),
                        ("customer", models.CharField(blank=True, help_text="At the customer.", max_length=200, verbose_name="who said so")),
                        ("words", models.TextField(blank=True, help_text="How it was accepted, or why it was declined.", verbose_name="how, or why")),
                        ("po_number", models.CharField(blank=True, max_length=60, verbose_name="purchase order")),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                        ("quote", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="subscriptions.quote")),
                        ("recorded_by", models.ForeignKey(help_text="Who recorded it.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "ordering": ["quote_id", "recorded_at", "id"],
                        "constraints": [models.UniqueConstraint(fields=("quote", "kind"), name="subscriptions_quotestep_once"), models.UniqueConstraint(condition=models.Q(("kind__in", ["accepted", "declined"])), fields=("quote",), name="subscriptions_quotestep_one_answer")],
                    },
                ),
                migrations.CreateModel(
                    name="SubscriptionCancellation",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("last_service_date", models.DateField(help_text="Empty: the cancellation was taken back.", null=True)),
                        ("recorded_at", models.DateTimeField(help_text="When it was recorded.")),
                        ("reason", models.TextField(help_text="Why, for whoever asks later.")),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                        ("recorded_by", models.ForeignKey(help_text="Who recorded it.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("subscription", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="cancellations", to="subscriptions.subscription")),
                    ],
                    options={
                        "ordering": ["subscription_id", "recorded_at", "id"],
                    },
                ),
                migrations.CreateModel(
                    name="QuotePdf",
                    fields=[
                        ("content", models.BinaryField(null=True)),
                        ("sha256", models.CharField(blank=True, max_length=64)),
                        ("rendered_at", models.DateTimeField(null=True)),
                        ("renderer", models.CharField(blank=True, help_text="Name and version of what rendered it.", max_length=60)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("next_attempt_at", models.DateTimeField(help_text="Not tried again before this instant.")),
                        ("last_error", models.TextField(blank=True)),
                        ("quote", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="pdf", serialize=False, to="subscriptions.quote")),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [models.Index(condition=models.Q(("rendered_at__isnull", True)), fields=["next_attempt_at"], name="subscriptions_pdf_pending")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("content__isnull", True), ("rendered_at__isnull", True)), models.Q(("content__isnull", False), ("rendered_at__isnull", False), models.Q(("sha256", ""), _negated=True)), _connector="OR"), name="subscriptions_quotepdf_all_or_nothing")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactRequest",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("action", models.CharField(choices=[("add", "Add a contact"), ("change", "Change a contact"), ("remove", "Remove a contact")], max_length=10)),
                        ("name", models.CharField(blank=True, max_length=200)),
                        ("email", models.EmailField(help_text="The new address; of a contact to be removed, theirs.", max_length=254)),
                        ("language", models.CharField(choices=subscriptions.choices.languages, default="en", max_length=10)),
                        ("note", models.TextField(blank=True, help_text="In the words of whoever asks.")),
                        ("asked_at", models.DateTimeField()),
                        ("state", models.CharField(choices=[("open", "Open"), ("done", "Done"), ("declined", "Declined")], default="open", max_length=10)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("answer", models.TextField(blank=True, help_text="The reason; whoever asked reads it.")),
                        ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("contact", models.ForeignKey(blank=True, help_text="The one meant.", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="subscriptions.billingcontact")),
                        ("decided_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="contact_requests", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organization", "-asked_at"], name="contactrequest_newest")],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("state", "open")), fields=("organization", "action", "email"), name="subscriptions_contactrequest_one_open"),
                            models.CheckConstraint(
                                condition=models.Q(models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "open")), models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("state__in", ["done", "declined"])), _connector="OR"),
                                name="subscriptions_contactrequest_decided_by_somebody",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ContactChange",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("action", models.CharField(choices=[("add", "Add a contact"), ("change", "Change a contact"), ("remove", "Remove a contact")], max_length=10)),
                        ("old_name", models.CharField(blank=True, max_length=200)),
                        ("old_email", models.CharField(blank=True, help_text="Empty: there was none before.", max_length=254)),
                        ("old_language", models.CharField(blank=True, choices=subscriptions.choices.languages, max_length=10)),
                        ("new_name", models.CharField(blank=True, max_length=200)),
                        ("new_email", models.CharField(blank=True, help_text="Empty: there is none any more.", max_length=254)),
                        ("new_language", models.CharField(blank=True, choices=subscriptions.choices.languages, max_length=10)),
                        ("changed_at", models.DateTimeField()),
                        ("reason", models.TextField()),
                        ("changed_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="contact_changes", to="subscriptions.organization")),
                        ("request", models.ForeignKey(help_text="What asked for it.", null=True, on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="subscriptions.contactrequest")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organization", "-changed_at"], name="contactchange_newest")],
                    },
                ),
                migrations.CreateModel(
                    name="SavedFilter",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("page", models.CharField(editable=False, help_text="The list, such as `invoices_invoice`.", max_length=100)),
                        ("query", models.TextField(editable=False, help_text="What follows the list's address: filters, search and order.")),
                        ("name", models.CharField(help_text="What it is called above the list.", max_length=60)),
                        ("is_shared", models.BooleanField(default=False, help_text="Whether everyone sees it above their list.", verbose_name="shared")),
                        ("saved_at", models.DateTimeField(editable=False)),
                        ("owner", models.ForeignKey(db_index=False, editable=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "ordering": ["name", "id"],
                        "indexes": [models.Index(condition=models.Q(("is_shared", True)), fields=["page"], name="subscriptions_savedfilter_all")],
                        "constraints": [models.UniqueConstraint(fields=("owner", "page", "name"), name="subscriptions_savedfilter_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Preferences",
                    fields=[
                        ("user", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="preferences", serialize=False, to=settings.AUTH_USER_MODEL)),
                        ("language", models.CharField(choices=subscriptions.choices.languages, max_length=10)),
                    ],
                    options={
                        "verbose_name": "preferences",
                        "verbose_name_plural": "preferences",
                    },
                ),
                migrations.CreateModel(
                    name="Approval",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("asked_at", models.DateTimeField(help_text="When it was typed; it may be approved for 24 hours from then.")),
                        ("subject", models.TextField(help_text="What would be changed.")),
                        ("points", models.JSONField(help_text="What it would change, a sentence for each.")),
                        ("language", models.CharField(help_text="Of these sentences.", max_length=10)),
                        ("reason", models.TextField(blank=True, help_text="Why, for who approves; empty: it has not been asked for yet.")),
                        ("path", models.TextField(help_text="The page on which it was typed, with its query.")),
                        ("body", models.TextField(help_text="The form as it was sent.")),
                        ("decision", models.CharField(blank=True, choices=[("approved", "Approved"), ("declined", "Declined")], max_length=10)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("answer", models.TextField(blank=True, help_text="Why it was declined; whoever asked reads it.")),
                        ("led_to", models.TextField(blank=True, help_text="Where its page led once it was carried out.")),
                        ("asked_by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("decided_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        "ordering": ["-id"],
                        "indexes": [models.Index(condition=models.Q(("decision", "")), fields=["asked_at"], name="subscriptions_approval_waiting")],
                        "constraints": [
                            models.CheckConstraint(condition=models.Q(models.Q(("decided_at__isnull", True), ("decided_by__isnull", True), ("decision", "")), models.Q(("decided_at__isnull", False), ("decided_by__isnull", False), ("decision__gt", "")), _connector="OR"), name="subscriptions_approval_decided_by_someone"),
                            models.CheckConstraint(condition=models.Q(models.Q(("decision", "approved"), _negated=True), models.Q(("decided_by", models.F("asked_by")), _negated=True), _connector="OR"), name="subscriptions_approval_by_another"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="AuditEntry",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("sequence", models.PositiveBigIntegerField(help_text="Its place in the chain, from 1, without gaps.")),
                        ("at", models.DateTimeField(help_text="When it was done.")),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("organization", "Organization"),
                                    ("agreement", "Agreement"),
                                    ("sale", "Quotes and orders"),
                                    ("contact", "Billing contacts"),
                                    ("permission", "People and permissions"),
                                    ("key", "Keys"),
                                    ("usage", "Usage"),
                                    ("document", "Documents"),
                                    ("payment", "Payments"),
                                    ("cycle", "Billing cycles"),
                                    ("catalog", "Prices and taxes"),
                                    ("approval", "Approvals"),
                                    ("erasure", "Erasures"),
                                    ("other", "Other"),
                                ],
                                max_length=20,
                            ),
                        ),
                        ("deed", models.CharField(help_text="What was done, as a code.", max_length=40)),
                        ("origin", models.CharField(choices=[("request", "A page"), ("command", "A command at the server"), ("worker", "A worker"), ("webhook", "A notice of another service")], help_text="By which way it came.", max_length=10)),
                        ("subject_type", models.CharField(help_text="The kind of row that it is about.", max_length=100)),
                        ("subject_id", models.TextField(help_text="The key of that row.")),
                        ("words_digest", models.BinaryField(help_text="Of the words that belong to it.", max_length=32)),
                        ("previous", models.BinaryField(help_text="The digest of the entry before it.", max_length=32)),
                        ("digest", models.BinaryField(help_text="Of every other column.", max_length=32)),
                        ("actor", models.ForeignKey(help_text="Empty: the product itself, or an operator at the server.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "verbose_name": "audit entry",
                        "verbose_name_plural": "audit trail",
                        "ordering": ["-id"],
                        "indexes": [models.Index(fields=["organization", "kind", "-sequence"], name="subscriptions_audit_kind")],
                        "constraints": [models.UniqueConstraint(fields=("organization", "sequence"), name="subscriptions_audit_sequence"), models.UniqueConstraint(condition=models.Q(("organization", None)), fields=("sequence",), name="subscriptions_audit_house_sequence")],
                    },
                ),
                migrations.CreateModel(
                    name="AuditHead",
                    fields=[
                        ("chain", models.BigIntegerField(help_text="The organization's key; 0: what belongs to none.", primary_key=True, serialize=False)),
                        ("sequence", models.PositiveBigIntegerField(help_text="Of the last entry; 0: there is none yet.")),
                        ("digest", models.BinaryField(help_text="Of the last entry.", max_length=32)),
                    ],
                ),
                migrations.CreateModel(
                    name="AuditWords",
                    fields=[
                        ("entry", models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="words", serialize=False, to="subscriptions.auditentry")),
                        ("salt", models.BinaryField(help_text="So that erased words cannot be guessed from their digest.", max_length=16)),
                        ("facts", models.TextField(help_text="What was done, by name, as JSON.")),
                        ("reason", models.TextField(blank=True, help_text="Why; for staff only.")),
                        ("place", models.TextField(help_text="From where: an address, a command or a task.")),
                        ("organization", models.ForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "verbose_name_plural": "audit words",
                    },
                ),
                migrations.CreateModel(
                    name="Heartbeat",
                    fields=[
                        ("name", models.CharField(help_text="Beat, tick, worker and its host, or a check.", max_length=200, primary_key=True, serialize=False)),
                        ("seen_at", models.DateTimeField()),
                        ("outcome", models.JSONField(blank=True, default=dict, help_text="What a check found.")),
                    ],
                ),
                migrations.CreateModel(
                    name="WebhookEndpoint",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(help_text="What listens there, so that it can be found again.", max_length=100)),
                        ("url", models.CharField(max_length=500, verbose_name="address")),
                        ("event_types", models.JSONField(help_text="What it is told.")),
                        ("secret", models.TextField(help_text="Signs what is sent; encrypted.")),
                        ("previous_secret", models.TextField(blank=True, help_text="The one before it; encrypted.")),
                        ("previous_until", models.DateTimeField(blank=True, help_text="Until then both secrets sign what is sent.", null=True)),
                        ("rotations", models.PositiveIntegerField(default=0, help_text="How often its secret was replaced.")),
                        ("created_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        ("switched_off_at", models.DateTimeField(blank=True, help_text="When it was switched off, as nothing arrived any more.", null=True)),
                        ("last_delivered_at", models.DateTimeField(blank=True, help_text="When it last took a message.", null=True)),
                        ("failures", models.PositiveIntegerField(default=0, help_text="How many attempts in a row did not arrive.")),
                        ("free_at", models.DateTimeField(help_text="Nothing is sent to it before this instant: a worker is at it, or it has just failed.")),
                        ("use_looked_at", models.DateTimeField(blank=True, help_text="When the use of its organization was last compared with the commitment.", null=True)),
                        ("created_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="webhook_endpoints", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [models.Index(condition=models.Q(("revoked_at__isnull", True), ("switched_off_at__isnull", True)), fields=["free_at"], name="subscriptions_webhook_free")],
                        "constraints": [
                            models.UniqueConstraint(condition=models.Q(("revoked_at__isnull", True)), fields=("organization", "url"), name="subscriptions_webhook_address_once"),
                            models.CheckConstraint(condition=models.Q(models.Q(("previous_secret", ""), ("previous_until__isnull", True)), models.Q(models.Q(("previous_secret", ""), _negated=True), ("previous_until__isnull", False)), _connector="OR"), name="subscriptions_webhook_previous_secret_ends"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="WebhookDelivery",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("message_id", models.CharField(help_text="Names the message to whoever receives it, each time.", max_length=40)),
                        (
                            "event_type",
                            models.CharField(
                                choices=[
                                    ("invoice.issued", "An invoice or credit note was issued"),
                                    ("invoice.paid", "An invoice was paid in full"),
                                    ("invoice.past_due", "An invoice is past due"),
                                    ("cycle.held", "A billing period waits for your provider"),
                                    ("commitment.exceeded", "More is in use than was committed to"),
                                    ("trial.ending", "The trial ends within a week"),
                                    ("ping", "A test"),
                                ],
                                max_length=40,
                            ),
                        ),
                        ("subject", models.BigIntegerField(help_text="The key of the row that it is about.")),
                        ("occasion", models.CharField(blank=True, help_text="Tells several messages about one row apart.", max_length=100)),
                        ("body", models.TextField(help_text="What is sent, to the letter.")),
                        ("queued_at", models.DateTimeField()),
                        ("due_since", models.DateTimeField(help_text="When it was queued, or somebody last had it sent again.")),
                        ("next_attempt_at", models.DateTimeField(blank=True, help_text="Not tried again before this instant; empty: done with.", null=True)),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("last_attempt_at", models.DateTimeField(blank=True, null=True)),
                        ("milliseconds", models.PositiveIntegerField(blank=True, help_text="How long the last attempt took.", null=True)),
                        ("status", models.PositiveSmallIntegerField(blank=True, help_text="Of the last answer.", null=True, verbose_name="HTTP status")),
                        (
                            "fault",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("status", "It was answered with a status other than 2xx: answer 200 once it is stored."),
                                    ("redirect", "It was answered with a redirect, which is not followed: use the final address."),
                                    ("gone", "It was answered 410 Gone: nothing is wanted there any more."),
                                    ("unknown_host", "The name of the host could not be found: look at its DNS records."),
                                    ("private", "The name of the host leads into a private network: use a public address."),
                                    ("not_allowed", "Nothing may be sent to this address: make an endpoint at another one."),
                                    ("unreachable", "No connection could be made: see that the server runs and is reachable."),
                                    ("timed_out", "No answer came in time: answer first, and do the work afterwards."),
                                    ("certificate", "The connection could not be secured: look at the server’s certificate."),
                                    ("broken", "The connection ended, or what came back was no HTTP answer."),
                                    ("interrupted", "Sending began and did not end: it may or may not have arrived."),
                                    ("unreadable", "The secret cannot be read any more: replace it."),
                                    ("off", "The endpoint was switched off: switch it on, then send this again."),
                                    ("revoked", "The endpoint was revoked before this was sent."),
                                ],
                                help_text="Why the last attempt did not arrive.",
                                max_length=20,
                            ),
                        ),
                        ("response", models.TextField(blank=True, help_text="The beginning of the last answer.")),
                        ("delivered_at", models.DateTimeField(blank=True, null=True)),
                        ("given_up_at", models.DateTimeField(blank=True, null=True)),
                        ("times_again", models.PositiveSmallIntegerField(default=0, help_text="How often somebody had it sent again.")),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscriptions.organization")),
                        ("endpoint", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="subscriptions.webhookendpoint")),
                    ],
                    options={
                        "verbose_name_plural": "webhook deliveries",
                        "indexes": [
                            models.Index(condition=models.Q(("next_attempt_at__isnull", False)), fields=["endpoint", "next_attempt_at"], name="subscriptions_webhook_pending"),
                            models.Index(condition=models.Q(("given_up_at__isnull", False)), fields=["organization"], name="subscriptions_webhook_given_up"),
                            models.Index(fields=["endpoint", "-id"], name="subscriptions_webhook_newest"),
                            models.Index(fields=["queued_at"], name="subscriptions_webhook_oldest"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("endpoint", "event_type", "subject", "occasion"), name="subscriptions_webhook_told_once"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("delivered_at__isnull", True), ("given_up_at__isnull", True), ("next_attempt_at__isnull", False)),
                                    models.Q(("delivered_at__isnull", False), ("given_up_at__isnull", True), ("next_attempt_at__isnull", True)),
                                    models.Q(("delivered_at__isnull", True), ("given_up_at__isnull", False), ("next_attempt_at__isnull", True)),
                                    _connector="OR",
                                ),
                                name="subscriptions_webhook_waits_or_is_done",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="KeptAnswer",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("caller", models.CharField(help_text="Whose idempotency key it is.", max_length=50)),
                        ("key", models.CharField(help_text="As the caller chose it.", max_length=255)),
                        ("fingerprint", models.CharField(help_text="What was asked for, as a digest.", max_length=64)),
                        ("claimed_at", models.DateTimeField(help_text="When it was begun; by this an attempt knows that it is its own.")),
                        ("status", models.PositiveSmallIntegerField(help_text="Empty: it is still being done.", null=True)),
                        ("body", models.TextField(blank=True)),
                        ("organization", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["claimed_at"], name="subscriptions_kept_by_age")],
                        "constraints": [models.UniqueConstraint(fields=("caller", "key"), name="subscriptions_keptanswer_once")],
                    },
                ),
            ]
        ),
        searched_by_any_part("subscriptions_organization", "name", "legal_name", "code"),
        searched_by_any_part("subscriptions_account", "name"),
        searched_by_any_part("subscriptions_billingcontact", "name", "email"),
        searched_by_beginning("subscriptions_subscription", "po_number"),
        searched_by_beginning("subscriptions_quote", "number"),
        searched_by_beginning("subscriptions_quotestep", "po_number"),
        searched_by_beginning("subscriptions_outgoingmail", "recipient"),
    ]
