from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from certification import backup
from certification.documents import NotNow


class Command(BaseCommand):
    help = "Put back what a backup holds, and compare. BACKUP_KEY holds the whole key. Stop web, worker and beat first."

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="a file that the command backup wrote")
        parser.add_argument("--over-people", action="store_true", help="also where the database has people in it")

    def handle(self, *, path, over_people, **options):
        try:
            manifest, differences = backup.restore(path, over_people=over_people)
        except (backup.Impossible, NotNow, DatabaseError) as why:
            raise CommandError(str(why)) from why
        self.stdout.write(
            f"Restored the backup of {manifest.made_at}: {len(manifest.tables)} tables with {manifest.rows:,} rows,"
            f" {len(manifest.files):,} files ({len(manifest.missing):,} more were missing then already)."
        )
        if differences:
            raise CommandError("\n".join(differences))
        self.stdout.write(
            "Every table and file is as it was, the audit chain holds, and the documents opened for a trial are well."
        )
