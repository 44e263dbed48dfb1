-- The rules between rows of water bills and tariffs, for PostgreSQL. sqlite_bills.sql has the same under the same names.

-- -- water bills --------------------------------------------------------------------------------

CREATE FUNCTION billing_guard_billpayment() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    asked numeric;
    origin record;
    origin_sheet bigint;
BEGIN
    SELECT amount INTO asked FROM billing_bill WHERE id = NEW.bill_id FOR NO KEY UPDATE;
    IF billing_guard_bill_paid(NEW.bill_id) + NEW.amount > asked THEN
        PERFORM billing_guard_fail('bill_paid_once', 'a bill is not paid above its amount.');
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO origin FROM billing_billpayment WHERE id = NEW.reverses_id;
        origin_sheet := origin.sheet_id;
        IF origin.reverses_id IS NOT NULL OR origin.bill_id <> NEW.bill_id OR origin.receipt_id IS DISTINCT FROM NEW.receipt_id
           OR origin.amount <> -NEW.amount OR origin.method <> NEW.method THEN
            PERFORM billing_guard_fail('reversal_is_the_opposite', 'a reversal is minus its payment, on its bill.');
        END IF;
        IF origin.recorded_by_id = NEW.recorded_by_id THEN
            PERFORM billing_guard_fail('reversal_by_another', 'whoever recorded that money moved does not reverse it.');
        END IF;
    END IF;
    IF NEW.sheet_id IS NOT NULL THEN
        PERFORM billing_guard_sheet(NEW.sheet_id, NEW.recorded_by_id, origin_sheet);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_billpayment BEFORE INSERT ON billing_billpayment
FOR EACH ROW EXECUTE FUNCTION billing_guard_billpayment();

-- A late charge is taken with its payment: on the same sheet, and back again by the reversal of the payment.
CREATE FUNCTION billing_guard_latecharge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payment record;
    origin record;
BEGIN
    SELECT sheet_id, reverses_id INTO payment FROM billing_billpayment WHERE id = NEW.payment_id;
    PERFORM 1 FROM billing_daysheet WHERE id = payment.sheet_id AND closed_at IS NOT NULL FOR SHARE;
    IF FOUND THEN
        PERFORM billing_guard_fail('day_is_closed', 'the day sheet is closed; nothing is recorded on it any more.');
    END IF;
    IF payment.sheet_id IS NULL THEN
        PERFORM billing_guard_fail('late_charge_at_the_till', 'what another system took, took no late charge here.');
    END IF;
    SELECT principal, reckoned, amount INTO origin
      FROM billing_latecharge WHERE payment_id = payment.reverses_id;
    IF (payment.reverses_id IS NULL AND NEW.reckoned < 0)
       OR (payment.reverses_id IS NOT NULL AND (origin.principal, origin.reckoned, origin.amount)
           IS DISTINCT FROM (-NEW.principal, -NEW.reckoned, -NEW.amount)) THEN
        PERFORM billing_guard_fail('reversal_is_the_opposite', 'a reversal is minus its late charge.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_latecharge BEFORE INSERT ON billing_latecharge
FOR EACH ROW EXECUTE FUNCTION billing_guard_latecharge();

-- A bill begins standing, on days that no other one of its account covers. Of those on record the last that begins before
-- its end reaches furthest; one that begins on the same day is the matter of the unique key.
CREATE FUNCTION billing_guard_bill_issued() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reversed_at IS NOT NULL THEN
        PERFORM billing_guard_fail('bill_begins_standing', 'a bill is issued first and reversed later.');
    END IF;
    PERFORM 1 FROM accounts_meteraccount WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF NEW.period_start <= (
        SELECT period_end FROM billing_bill
         WHERE account_id = NEW.account_id AND reversed_at IS NULL AND period_start <= NEW.period_end
           AND period_start <> NEW.period_start
         ORDER BY period_start DESC LIMIT 1
    ) THEN
        PERFORM billing_guard_fail('bill_overlaps_none', 'a bill of this account covers part of these days already.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_bill_issued BEFORE INSERT ON billing_bill
FOR EACH ROW EXECUTE FUNCTION billing_guard_bill_issued();

-- A reading is recorded without a bill; the bill that asks for it is of its account, stands, and reaches its day. That it
-- is asked for once is the matter of `reading_stays`.
CREATE FUNCTION billing_guard_reading_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        PERFORM 1 FROM billing_bill
          WHERE id = NEW.bill_id AND account_id = NEW.account_id AND reversed_at IS NULL AND period_end >= NEW.read_on
            FOR SHARE;
        IF FOUND OR EXISTS (SELECT 1 FROM billing_bill WHERE id = OLD.bill_id AND reversed_at IS NULL) THEN
            RETURN NEW;
        END IF;
    END IF;
    PERFORM billing_guard_fail('reading_asked_for_by_its_bill', 'a bill asks for readings of its account and period.');
    RETURN NULL;
END $$;
CREATE TRIGGER billing_guard_reading_billed BEFORE INSERT OR UPDATE OF bill_id ON billing_reading
FOR EACH ROW WHEN (NEW.bill_id IS NOT NULL) EXECUTE FUNCTION billing_guard_reading_billed();

-- -- tariffs ------------------------------------------------------------------------------------

-- The lock waits for a bill that is being issued by the tariff; of two who change its tiers the second waits.
CREATE FUNCTION billing_guard_tariff() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    changed bigint[];
BEGIN
    IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN
        RETURN NEW;
    END IF;
    IF TG_TABLE_NAME = 'billing_tariff' THEN
        changed := ARRAY[OLD.id];
    ELSIF TG_OP = 'INSERT' THEN
        changed := ARRAY[NEW.tariff_id];
    ELSIF TG_OP = 'DELETE' THEN
        changed := ARRAY[OLD.tariff_id];
    ELSE
        changed := ARRAY[OLD.tariff_id, NEW.tariff_id];
    END IF;
    PERFORM 1 FROM billing_tariff WHERE id = ANY (changed) ORDER BY id FOR UPDATE;
    IF EXISTS (SELECT 1 FROM billing_billline WHERE tariff_id = ANY (changed)) THEN
        PERFORM billing_guard_fail('tariff_stays', 'bills were reckoned by this tariff; enter another.');
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER billing_guard_tariff BEFORE UPDATE OR DELETE ON billing_tariff
FOR EACH ROW EXECUTE FUNCTION billing_guard_tariff();
CREATE TRIGGER billing_guard_tariff BEFORE INSERT OR UPDATE OR DELETE ON billing_tarifftier
FOR EACH ROW EXECUTE FUNCTION billing_guard_tariff();
