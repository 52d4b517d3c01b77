"""One location's DynamoDB tables. PynamoDB and botocore stay in here."""
