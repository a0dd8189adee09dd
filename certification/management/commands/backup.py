from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from certification import backup
from certification.documents import NotNow


class Command(BaseCommand):
    help = "Write the database and every document to one encrypted file. BACKUP_KEY holds the key, of which the public half will do."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="the file to write; it must not be there yet")

    def handle(self, *, path, **options):
        try:
            manifest = backup.make(path)
        except (backup.Impossible, NotNow, DatabaseError) as why:
            raise CommandError(str(why)) from why
        self.stdout.write(
            f"{path}: {len(manifest.tables)} tables with {manifest.rows:,} rows, {len(manifest.files):,} files."
        )
        if manifest.missing:
            raise CommandError(
                f"The storage does not have {len(manifest.missing):,} files that are named in the database."
            )
