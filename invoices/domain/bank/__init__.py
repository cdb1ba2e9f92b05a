"""What a bank says has come in, read from its files, and which open invoices it may pay (BR-80, BR-83)."""
