"""What no constraint of one row can say of readings, on both databases.

- A reading that counts is neither below the one before of the same meter, unless it rolled over, nor earlier,
  and fits the digits of the meter. The meter's row is locked meanwhile, so that of two at once one waits.
- Where the last bill rests on no reading of ours, as an imported one does, what it closes with stands for the
  reading before, unless the meter came later: `Standing.anchor` says the same.
- It is confirmed once and billed once, unless its bill was reversed: then it is free to be billed anew. That nothing else of it changes and that it is never deleted, the
  triggers of all rows that are written once see to.
"""

from django.db import migrations

POSTGRESQL = """
CREATE FUNCTION billing_reading_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    meter record;
    last record;
    anchor record;
BEGIN
    SELECT digits, first_reading, installed_on INTO meter
        FROM accounts_meter WHERE id = NEW.meter_id FOR NO KEY UPDATE;
    IF NEW.reading >= 10 ^ meter.digits THEN
        RAISE EXCEPTION 'reading_fits_the_meter: % has more digits than the meter', NEW.reading
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_fits_the_meter';
    END IF;
    IF NEW.source = 'photograph' AND NEW.confirmed_at IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT id, reading, read_on INTO last FROM billing_reading r
        WHERE r.meter_id = NEW.meter_id AND r.id <> NEW.id AND r.id IS DISTINCT FROM NEW.corrects_id
            AND (r.source <> 'photograph' OR r.confirmed_at IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM billing_reading c WHERE c.corrects_id = r.id)
        ORDER BY r.read_on DESC, r.id DESC LIMIT 1;
    IF NOT FOUND THEN
        SELECT 0::bigint AS id, CASE WHEN NEW.kind = 'installed' THEN NEW.reading ELSE meter.first_reading END AS reading,
            meter.installed_on AS read_on INTO last;
    END IF;
    SELECT id, closing, period_end INTO anchor FROM billing_bill
        WHERE account_id = NEW.account_id AND reversed_at IS NULL ORDER BY period_start DESC LIMIT 1;
    IF NEW.kind <> 'installed' AND meter.installed_on <= anchor.period_end AND last.read_on <= anchor.period_end
        AND NOT EXISTS (SELECT 1 FROM billing_reading r WHERE r.bill_id = anchor.id)
        AND NOT EXISTS (SELECT 1 FROM billing_reading r WHERE r.meter_id = NEW.meter_id AND r.kind = 'installed'
            AND r.bill_id IS NULL AND r.read_on = anchor.period_end) THEN
        last.reading := anchor.closing;
        last.read_on := anchor.period_end;
    END IF;
    -- Who recorded it without the lock of the service took its number first and came second: compared anew, it fails.
    IF TG_OP = 'INSERT' AND last.id > NEW.id THEN
        RAISE EXCEPTION 'reading_in_order: another reading came in between'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_in_order';
    END IF;
    IF NEW.read_on < last.read_on THEN
        RAISE EXCEPTION 'reading_in_order: % lies before %', NEW.read_on, last.read_on
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_in_order';
    END IF;
    IF (NEW.reading < last.reading) <> NEW.rolled_over THEN
        RAISE EXCEPTION 'reading_in_order: % after %', NEW.reading, last.reading
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_in_order';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION billing_reading_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at, NEW.confirmed_by_id)
            IS DISTINCT FROM (OLD.confirmed_at, OLD.confirmed_by_id))
        OR (OLD.bill_id IS NOT NULL AND NEW.bill_id IS DISTINCT FROM OLD.bill_id
            AND EXISTS (SELECT 1 FROM billing_bill WHERE id = OLD.bill_id AND reversed_at IS NULL)) THEN
        RAISE EXCEPTION 'reading_stays: a reading is confirmed once and billed once; correct it by another'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reading_stays';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER billing_reading_in_order BEFORE INSERT OR UPDATE OF confirmed_at ON billing_reading
    FOR EACH ROW EXECUTE FUNCTION billing_reading_in_order();
CREATE TRIGGER billing_reading_stays BEFORE UPDATE OF confirmed_at, confirmed_by_id, bill_id ON billing_reading
    FOR EACH ROW EXECUTE FUNCTION billing_reading_stays();
"""

POSTGRESQL_BACK = """
DROP TRIGGER billing_reading_stays ON billing_reading;
DROP TRIGGER billing_reading_in_order ON billing_reading;
DROP FUNCTION billing_reading_stays();
DROP FUNCTION billing_reading_in_order();
"""

# SQLite has no variables in triggers: the reading before is a subquery, once for its day, once for its figure.
SQLITE_BEFORE = """SELECT r.reading, r.read_on, r.id FROM billing_reading r
        WHERE r.meter_id = NEW.meter_id AND r.id IS NOT NEW.id AND r.id IS NOT NEW.corrects_id
            AND (r.source <> 'photograph' OR r.confirmed_at IS NOT NULL)
            AND NOT EXISTS (SELECT 1 FROM billing_reading c WHERE c.corrects_id = r.id)"""
SQLITE_METER = """SELECT CASE WHEN NEW.kind = 'installed' THEN NEW.reading ELSE m.first_reading END, m.installed_on, 0
        FROM accounts_meter m WHERE m.id = NEW.meter_id"""
SQLITE_ANCHOR = """SELECT b.closing, b.period_end, 9223372036854775807 FROM billing_bill b
        JOIN accounts_meter m ON m.id = NEW.meter_id AND m.installed_on <= b.period_end
        WHERE NEW.kind <> 'installed'
            AND b.id = (SELECT id FROM billing_bill WHERE account_id = NEW.account_id AND reversed_at IS NULL
                ORDER BY period_start DESC LIMIT 1)
            AND NOT EXISTS (SELECT 1 FROM billing_reading r WHERE r.bill_id = b.id)
            AND NOT EXISTS (SELECT 1 FROM billing_reading r WHERE r.meter_id = NEW.meter_id AND r.kind = 'installed'
                AND r.bill_id IS NULL AND r.read_on = b.period_end)"""
SQLITE_ALL = " UNION ALL ".join((SQLITE_BEFORE, SQLITE_METER, SQLITE_ANCHOR))
SQLITE_LAST = "(SELECT {column} FROM ({rows}) ORDER BY read_on DESC, id DESC LIMIT 1)"
SQLITE_LAST_DAY = SQLITE_LAST.format(column="read_on", rows=SQLITE_ALL)
SQLITE_LAST_FIGURE = SQLITE_LAST.format(column="reading", rows=SQLITE_ALL)
SQLITE_ORDER = f"""
    SELECT RAISE(ABORT, 'constraint failed: reading_in_order')
        WHERE NEW.read_on < {SQLITE_LAST_DAY} OR (NEW.reading < {SQLITE_LAST_FIGURE}) <> NEW.rolled_over;
"""
SQLITE = (
    """CREATE TRIGGER billing_reading_fits BEFORE INSERT ON billing_reading
BEGIN
    SELECT RAISE(ABORT, 'constraint failed: reading_fits_the_meter')
        WHERE length(CAST(NEW.reading AS TEXT)) > (SELECT digits FROM accounts_meter WHERE id = NEW.meter_id);
END""",
    f"""CREATE TRIGGER billing_reading_in_order BEFORE INSERT ON billing_reading
WHEN NEW.source <> 'photograph' OR NEW.confirmed_at IS NOT NULL
BEGIN {SQLITE_ORDER} END""",
    f"""CREATE TRIGGER billing_reading_confirmed_in_order BEFORE UPDATE OF confirmed_at ON billing_reading
WHEN OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL
BEGIN {SQLITE_ORDER} END""",
    """CREATE TRIGGER billing_reading_stays BEFORE UPDATE OF confirmed_at, confirmed_by_id, bill_id ON billing_reading
WHEN (OLD.bill_id IS NOT NULL AND NEW.bill_id IS NOT OLD.bill_id
        AND EXISTS (SELECT 1 FROM billing_bill WHERE id = OLD.bill_id AND reversed_at IS NULL))
    OR (OLD.confirmed_at IS NOT NULL
        AND (NEW.confirmed_at IS NOT OLD.confirmed_at OR NEW.confirmed_by_id IS NOT OLD.confirmed_by_id))
BEGIN
    SELECT RAISE(ABORT, 'constraint failed: reading_stays');
END""",
)
SQLITE_BACK = (
    "DROP TRIGGER billing_reading_stays",
    "DROP TRIGGER billing_reading_confirmed_in_order",
    "DROP TRIGGER billing_reading_in_order",
    "DROP TRIGGER billing_reading_fits",
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
    dependencies = [("billing", "0002_triggers")]

    operations = [migrations.RunPython(forwards, backwards)]
