"""The engines SINS needs on one machine: DynamoDB Local, a Kafka broker and a Java."""
