"""SINS as Chalice deploys it: every function of the product is registered here."""

from chalice.app import Chalice

from chalicelib.handlers import (
    access,
    conflicts,
    customers,
    dead_letters,
    fields,
    functions,
    reference,
    status,
    trail,
    transfer,
    web,
)
from scheduled import digest, joining, relay_sweep, repair, retention, snapshot

app = Chalice(app_name="sins", configure_logs=False)
app.register_blueprint(customers.blueprint)
app.register_blueprint(transfer.blueprint)
app.register_blueprint(conflicts.blueprint)
app.register_blueprint(fields.blueprint)
app.register_blueprint(trail.blueprint)
app.register_blueprint(access.blueprint)
app.register_blueprint(status.blueprint)
app.register_blueprint(dead_letters.blueprint)
app.register_blueprint(web.blueprint)
app.register_blueprint(reference.blueprint)
app.register_blueprint(functions.blueprint)
app.register_blueprint(relay_sweep.blueprint)
app.register_blueprint(retention.blueprint)
app.register_blueprint(digest.blueprint)
app.register_blueprint(repair.blueprint)
app.register_blueprint(joining.blueprint)
app.register_blueprint(snapshot.blueprint)

# Lambda looks the handlers up by name in this module.
relay = functions.relay
consumer = functions.consumer
sweep_relay = relay_sweep.sweep_relay
sweep_expired = retention.sweep_expired
take_digest = digest.take_digest
repair_differences = repair.repair_differences
join = joining.join
take_snapshot = snapshot.take_snapshot
