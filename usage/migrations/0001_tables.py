"""Every table of events and counts, with its indexes and constraints."""

import django.core.validators
import django.db.models.deletion
import usage.models.key
from django.conf import settings
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from subscriptions.models.operations import CreateModels, FirstMigration, InDatabase
from subscriptions.models.searched import searched_by_beginning


def keep_throttles_lightly(editor: BaseDatabaseSchemaEditor) -> None:
    """Keep throttles without a log of them: they need not outlive a crash, and taking must not wait for the disk."""
    if editor.connection.vendor == "postgresql":
        editor.execute("ALTER TABLE usage_throttle SET UNLOGGED")
        # A row is changed with every request; room beside it keeps its indexes as they are.
        editor.execute("ALTER TABLE usage_throttle SET (fillfactor = 50)")


class Migration(FirstMigration):
    initial = True
    last_before = "0012_key_scopes"

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("subscriptions", "0001_tables"),
    ]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="EventIdentity",
                    fields=[
                        ("pk", models.CompositePrimaryKey("organization_id", "identity", blank=True, editable=False, primary_key=True, serialize=False)),
                        ("identity", models.BinaryField(help_text="128-bit digest of source and id.", max_length=16)),
                        ("content", models.BinaryField(help_text="128-bit digest of type, subject, time and data.", max_length=16)),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "verbose_name_plural": "event identities",
                    },
                ),
                migrations.CreateModel(
                    name="IngestionKey",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("name", models.CharField(help_text="What uses it, so that it can be found again.", max_length=100)),
                        ("prefix", models.CharField(help_text="The part that may be shown.", max_length=12, unique=True)),
                        ("secret_hash", models.CharField(max_length=64)),
                        ("created_at", models.DateTimeField()),
                        ("revoked_at", models.DateTimeField(blank=True, null=True)),
                        ("last_used_at", models.DateTimeField(blank=True, null=True)),
                        ("created_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                        ("organization", models.ForeignKey(blank=True, help_text="Empty: a platform key, for every organization; each event then names its own.", null=True, on_delete=django.db.models.deletion.CASCADE, related_name="ingestion_keys", to="subscriptions.organization")),
                        ("events_per_second", models.PositiveIntegerField(blank=True, help_text="How many events a second it may report in the long run; empty: as many as keys usually may.", null=True, validators=[django.core.validators.MinValueValidator(1)])),
                        ("scopes", models.JSONField(default=usage.models.key.only_events, help_text="What it may be used for; fixed when it is made.")),
                    ],
                    options={
                        "verbose_name": "API key",
                        "constraints": [models.CheckConstraint(condition=models.Q(("scopes", []), _negated=True), name="usage_ingestionkey_may_something")],
                    },
                ),
                migrations.CreateModel(
                    name="UsageSnapshot",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("starts_at", models.DateTimeField(help_text="First instant of the period.")),
                        ("ends_at", models.DateTimeField(help_text="First instant after the period.")),
                        ("cutoff_at", models.DateTimeField(help_text="Events received up to this instant were counted.")),
                        ("quantities", models.JSONField(help_text="Every metered figure, the peak with its times, readings and calls.")),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organization", "starts_at"], name="usage_snapshot_by_period")],
                    },
                ),
                migrations.CreateModel(
                    name="SnapshotUser",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("user", models.TextField(help_text="The platform's id of the person.")),
                        ("license", models.CharField(help_text="The highest license that counted; empty: none.", max_length=50)),
                        ("first_login_at", models.DateTimeField()),
                        ("last_seen_at", models.DateTimeField()),
                        ("seconds", models.BigIntegerField(help_text="Time logged in within the period, overlapping sessions once.")),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                        ("snapshot", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="users", to="usage.usagesnapshot")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["organization", "user"], name="usage_snapshotuser_by_user")],
                        "constraints": [models.UniqueConstraint(fields=("snapshot", "user"), name="usage_snapshotuser_once")],
                    },
                ),
                migrations.CreateModel(
                    name="RejectedEvent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("received_at", models.DateTimeField()),
                        (
                            "reason",
                            models.CharField(choices=[("conflict", "Same identity, other content"), ("invalid", "Not a valid event"), ("unknown_organization", "No such organization"), ("foreign_organization", "Not this key's organization"), ("future", "In the future"), ("suspended", "Trial has ended")], max_length=30),
                        ),
                        ("message", models.TextField(help_text="What is wrong, naming the field.")),
                        ("source", models.TextField(blank=True)),
                        ("event_id", models.TextField(blank=True)),
                        ("payload", models.TextField(help_text="The event as it came.")),
                        ("digest", models.BinaryField(help_text="Of organization and payload: kept once.", max_length=16, unique=True)),
                        ("replayed_at", models.DateTimeField(help_text="When it was sent again and accepted.", null=True)),
                        ("organization", models.ForeignKey(help_text="Empty: it named none we know.", null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "ordering": ["-received_at", "-id"],
                        "indexes": [models.Index(fields=["organization", "-received_at"], name="usage_rejected_by_receipt"), models.Index(condition=models.Q(("replayed_at__isnull", True)), fields=["organization"], name="usage_rejected_waiting")],
                    },
                ),
                migrations.CreateModel(
                    name="UsageEvent",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        (
                            "kind",
                            models.PositiveSmallIntegerField(
                                choices=[
                                    (1, "user.logged_in"),
                                    (2, "user.logged_out"),
                                    (3, "user.deleted"),
                                    (4, "license.assigned"),
                                    (5, "license.unassigned"),
                                    (6, "queue.joined"),
                                    (7, "queue.left"),
                                    (8, "call.completed"),
                                    (9, "ivr.completed"),
                                    (10, "byoc.completed"),
                                    (11, "transcription.completed"),
                                    (12, "storage.measured"),
                                    (13, "api.requested"),
                                    (14, "number.activated"),
                                    (15, "number.released"),
                                    (16, "event.retracted"),
                                ]
                            ),
                        ),
                        ("occurred_at", models.DateTimeField(help_text="When it happened, as reported.")),
                        ("received_at", models.DateTimeField(help_text="When we stored it, by the database's clock.")),
                        ("subject", models.TextField(help_text="The user, call or number.")),
                        ("session", models.TextField(null=True)),
                        ("client", models.PositiveSmallIntegerField(choices=[(1, "desktop"), (2, "web"), (3, "mobile"), (4, "api"), (5, "integration")], null=True)),
                        ("product", models.TextField(null=True)),
                        ("direction", models.PositiveSmallIntegerField(choices=[(1, "outbound"), (2, "inbound"), (3, "toll_free")], null=True)),
                        ("remote", models.TextField(null=True)),
                        ("amount", models.BigIntegerField(help_text="Seconds or requests.", null=True)),
                        ("gigabytes", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                        ("target", models.BinaryField(help_text="The identity that a retraction voids.", max_length=16, null=True)),
                        ("identity", models.BinaryField(help_text="128-bit digest of source and id.", max_length=16)),
                        ("source", models.TextField()),
                        ("event_id", models.TextField()),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["organization", "kind", "occurred_at"], name="usage_event_by_occurrence"),
                            models.Index(fields=["organization", "received_at", "kind", "occurred_at"], name="usage_event_received"),
                            models.Index(condition=models.Q(("kind", 16)), fields=["organization", "target", "received_at"], name="usage_event_retraction"),
                            models.Index(condition=models.Q(("kind__in", [3, 6, 7])), fields=["organization", "subject", "occurred_at"], name="usage_event_on_queue"),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="LiveCount",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("watched_at", models.DateTimeField(help_text="When somebody last looked at it, to the hour.")),
                        ("claimed_at", models.DateTimeField(help_text="When a worker took it; one that died is replaced.", null=True)),
                        ("failed_at", models.DateTimeField(help_text="When it last could not be counted; the log says why.", null=True)),
                        ("counted_at", models.DateTimeField(help_text="Events received up to this instant were counted.", null=True)),
                        ("agreement", models.CharField(help_text="A digest of the terms and the period that were counted.", max_length=64)),
                        ("figures", models.JSONField(help_text="Everything counted but the people, and the days of the period.", null=True)),
                        ("add_on_holders", models.JSONField(help_text="Who counts for each add-on, logged in or not.", null=True)),
                        ("users", models.BinaryField(help_text="The users whose places the stretches refer to.", null=True)),
                        ("imports", models.PositiveBigIntegerField(default=0, help_text="Grows with each import of events received in the past: stretches may lack them.")),
                        ("organization", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "indexes": [models.Index(fields=["watched_at"], name="usage_livecount_watched")],
                    },
                ),
                migrations.CreateModel(
                    name="LivePerson",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("user", models.TextField(help_text="The platform's id of the person.")),
                        ("license", models.CharField(help_text="The highest license that counted; empty: none.", max_length=50)),
                        ("add_ons", models.TextField(help_text="The add-ons they count for, each between two commas.")),
                        ("first_login_at", models.DateTimeField()),
                        ("last_seen_at", models.DateTimeField()),
                        ("seconds", models.BigIntegerField(help_text="Time logged in within the period, overlapping sessions once.")),
                        ("at_peak", models.BooleanField(help_text="Whether they were in when the concurrent peak was first reached.")),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "verbose_name_plural": "live people",
                        "constraints": [models.UniqueConstraint(fields=("organization", "user"), name="usage_liveperson_once")],
                    },
                ),
                migrations.CreateModel(
                    name="LiveStretch",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        ("has_calls", models.BooleanField(help_text="Whether the calls were read: only some agreements count them.")),
                        ("packed", models.BinaryField()),
                        ("organization", models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscriptions.organization")),
                    ],
                    options={
                        "verbose_name_plural": "live stretches",
                        "constraints": [models.UniqueConstraint(fields=("organization", "starts_at"), name="usage_livestretch_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Throttle",
                    fields=[
                        ("name", models.CharField(max_length=100, primary_key=True, serialize=False)),
                        ("spent_until", models.BigIntegerField(help_text="Microseconds since 1970.")),
                    ],
                ),
            ]
        ),
        searched_by_beginning("usage_rejectedevent", "event_id"),
        InDatabase(keep_throttles_lightly),
    ]
