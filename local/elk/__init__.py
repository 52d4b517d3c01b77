"""Elasticsearch and Kibana of compose.yaml: what they have to know of the product's logs."""
