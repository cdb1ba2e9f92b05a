"""Brings the catalogs up to date with the words in code and templates, and compiles them."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billingsite.catalogs import find_catalogs, mo_bytes, po_bytes, read_catalog, updated


class Command(BaseCommand):
    help = "Bring the catalogs in locale/ up to date with the words in code and templates, and compile them."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        untranslated = 0
        for path in find_catalogs():
            catalog = updated(read_catalog(path))
            path.write_bytes(po_bytes(catalog))
            path.with_suffix(".mo").write_bytes(mo_bytes(catalog))
            missing = [message for message in catalog if message.id and not all(message.string or [""])]
            untranslated += len(missing)
            self.stdout.write(f"{catalog.locale}: {len(catalog)} texts, {len(missing)} without a translation")
        if untranslated:
            raise CommandError("Translate them in locale/*/LC_MESSAGES/django.po, then run this once more.")
