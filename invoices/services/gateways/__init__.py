"""Where an invoice is paid online: what any gateway can do, and the ones there are (BR-81)."""
