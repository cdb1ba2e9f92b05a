"""What the site's templates need beyond their own page."""
