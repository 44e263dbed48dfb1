"""What no constraint of one row can say of a reversed bill, on both databases.

- A bill is reversed once, after another person has granted it, and only while nothing is paid on it.
- Nothing is paid on a reversed bill.
"""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION billing_bill_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reversed_at IS NOT NULL THEN
        RAISE EXCEPTION 'bill_reversed_once: a reversed bill stays reversed.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_reversed_once';
    END IF;
    IF (SELECT coalesce(sum(amount), 0) FROM billing_billpayment WHERE bill_id = NEW.id) <> 0 THEN
        RAISE EXCEPTION 'bill_reversed_unpaid: reverse what is paid on the bill first.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_reversed_unpaid';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM billing_billreversal WHERE bill_id = NEW.id AND status = 'granted') THEN
        RAISE EXCEPTION 'bill_reversed_by_two: one person asks for a reversal, another grants it.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'bill_reversed_by_two';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_bill_reversed BEFORE UPDATE OF reversed_at ON billing_bill
    FOR EACH ROW EXECUTE FUNCTION billing_bill_reversed();

CREATE FUNCTION billing_payment_of_a_standing_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM billing_bill WHERE id = NEW.bill_id AND reversed_at IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'payment_of_a_standing_bill: nothing is paid on a reversed bill.'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_of_a_standing_bill';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_payment_of_a_standing_bill BEFORE INSERT ON billing_billpayment
    FOR EACH ROW EXECUTE FUNCTION billing_payment_of_a_standing_bill();
"""

POSTGRESQL_BACK = """
DROP TRIGGER billing_payment_of_a_standing_bill ON billing_billpayment;
DROP TRIGGER billing_bill_reversed ON billing_bill;
DROP FUNCTION billing_payment_of_a_standing_bill();
DROP FUNCTION billing_bill_reversed();
"""

SQLITE = (
    """CREATE TRIGGER billing_bill_reversed_once BEFORE UPDATE OF reversed_at ON billing_bill
WHEN OLD.reversed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'bill_reversed_once: a reversed bill stays reversed.'); END""",
    """CREATE TRIGGER billing_bill_reversed_unpaid BEFORE UPDATE OF reversed_at ON billing_bill
WHEN OLD.reversed_at IS NULL
    AND round((SELECT coalesce(sum(amount), 0) FROM billing_billpayment WHERE bill_id = NEW.id), 2) <> 0
BEGIN SELECT RAISE(ABORT, 'bill_reversed_unpaid: reverse what is paid on the bill first.'); END""",
    """CREATE TRIGGER billing_bill_reversed_by_two BEFORE UPDATE OF reversed_at ON billing_bill
WHEN OLD.reversed_at IS NULL
    AND round((SELECT coalesce(sum(amount), 0) FROM billing_billpayment WHERE bill_id = NEW.id), 2) = 0
    AND NOT EXISTS (SELECT 1 FROM billing_billreversal WHERE bill_id = NEW.id AND status = 'granted')
BEGIN SELECT RAISE(ABORT, 'bill_reversed_by_two: one person asks for a reversal, another grants it.'); END""",
    """CREATE TRIGGER billing_payment_of_a_standing_bill BEFORE INSERT ON billing_billpayment
WHEN EXISTS (SELECT 1 FROM billing_bill WHERE id = NEW.bill_id AND reversed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'payment_of_a_standing_bill: nothing is paid on a reversed bill.'); END""",
)
SQLITE_BACK = (
    "DROP TRIGGER billing_payment_of_a_standing_bill",
    "DROP TRIGGER billing_bill_reversed_by_two",
    "DROP TRIGGER billing_bill_reversed_unpaid",
    "DROP TRIGGER billing_bill_reversed_once",
)


def forwards(apps, schema_editor):
    _run(schema_editor, [POSTGRESQL], SQLITE)


def backwards(apps, schema_editor):
    _run(schema_editor, [POSTGRESQL_BACK], SQLITE_BACK)


def _run(schema_editor, on_postgresql, on_sqlite):
    with schema_editor.connection.cursor() as cursor:
        for statement in on_postgresql if schema_editor.connection.vendor == "postgresql" else on_sqlite:
            cursor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_readings_in_order")]

    operations = [migrations.RunPython(forwards, backwards)]
