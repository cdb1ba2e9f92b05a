"""What pages of other apps show of money: each fragment reads its own data, so that nothing below knows of invoices."""
