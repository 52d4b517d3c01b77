"""What the product stands on: tables and topics, made the same way everywhere."""
