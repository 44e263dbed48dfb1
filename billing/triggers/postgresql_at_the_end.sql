-- What holds of the ledgers whenever a transaction ends, and need not in between: constraint triggers, deferred.
-- SQLite knows none; what it looks at instead, and when, is in sqlite.sql and sqlite_bills.sql.

-- -- statements ---------------------------------------------------------------------------------

CREATE FUNCTION billing_guard_released() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM billing_depositmove WHERE released_id = NEW.id OR settled_id = NEW.id) THEN
        PERFORM billing_guard_fail('deposit_leaves_by_a_move', 'a movement names every line that moves a deposit.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_guard_released AFTER INSERT ON billing_statementline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
WHEN ((NEW.kind = 'reduction' AND NEW.source LIKE 'deposit:%') OR (NEW.kind = 'charge' AND NEW.source LIKE 'forfeit:%'))
EXECUTE FUNCTION billing_guard_released();

-- -- receipts -----------------------------------------------------------------------------------

-- A receipt is what its payments come to, and in force as long as they are.
CREATE FUNCTION billing_guard_check_receipt(key bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    receipt record;
    taken numeric;
    stands boolean;
BEGIN
    SELECT amount, reversed_at, line_id INTO receipt FROM billing_receipt WHERE id = key;
    SELECT coalesce(sum(payment.amount + coalesce(late.amount, 0)), 0), coalesce(bool_or(back.id IS NULL), false)
      INTO taken, stands
      FROM billing_billpayment AS payment
      LEFT JOIN billing_latecharge AS late ON late.payment_id = payment.id
      LEFT JOIN billing_billpayment AS back ON back.reverses_id = payment.id
     WHERE payment.receipt_id = key AND payment.reverses_id IS NULL;
    IF receipt.line_id IS NOT NULL THEN
        taken := taken - (SELECT amount FROM billing_statementline WHERE id = receipt.line_id);
        stands := stands OR NOT billing_guard_reversed(receipt.line_id);
    END IF;
    IF receipt.amount <> taken THEN
        PERFORM billing_guard_fail('receipt_is_its_payment', 'a receipt stands for what was paid on it.');
    END IF;
    IF stands <> (receipt.reversed_at IS NULL) THEN
        PERFORM billing_guard_fail('receipt_reversed_with_its_payment', 'a receipt falls with its payment, for good.');
    END IF;
END $$;

CREATE FUNCTION billing_guard_receipt_stands() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key bigint;
BEGIN
    IF TG_TABLE_NAME = 'billing_receipt' THEN
        key := NEW.id;
    ELSIF TG_TABLE_NAME = 'billing_billpayment' THEN
        key := NEW.receipt_id;
    ELSIF TG_TABLE_NAME = 'billing_latecharge' THEN
        SELECT receipt_id INTO key FROM billing_billpayment WHERE id = NEW.payment_id;
    ELSE
        SELECT id INTO key FROM billing_receipt WHERE line_id = NEW.reverses_id;
    END IF;
    IF key IS NOT NULL THEN -- what was paid before a file was taken over has no receipt of ours
        PERFORM billing_guard_check_receipt(key);
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_guard_receipt_stands AFTER INSERT OR UPDATE OF reversed_at ON billing_receipt
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_guard_receipt_stands();
CREATE CONSTRAINT TRIGGER billing_guard_receipt_stands AFTER INSERT ON billing_billpayment
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.receipt_id IS NOT NULL)
EXECUTE FUNCTION billing_guard_receipt_stands();
CREATE CONSTRAINT TRIGGER billing_guard_receipt_stands AFTER INSERT ON billing_latecharge
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_guard_receipt_stands();
CREATE CONSTRAINT TRIGGER billing_guard_receipt_stands AFTER INSERT ON billing_statementline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.reverses_id IS NOT NULL AND NEW.method <> '')
EXECUTE FUNCTION billing_guard_receipt_stands();

-- -- water bills --------------------------------------------------------------------------------

CREATE FUNCTION billing_guard_settled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key bigint;
    bill record;
BEGIN
    IF TG_TABLE_NAME = 'billing_bill' THEN
        key := NEW.id;
    ELSE
        key := NEW.bill_id;
    END IF;
    SELECT settled_at IS NOT NULL AS settled, amount INTO bill FROM billing_bill WHERE id = key;
    IF bill.settled <> (billing_guard_bill_paid(key) = bill.amount) THEN
        PERFORM billing_guard_fail('bill_settled_when_paid', 'a bill is settled when its payments reach its amount.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_guard_settled AFTER INSERT ON billing_bill
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.settled_at IS NOT NULL AND NEW.amount > 0)
EXECUTE FUNCTION billing_guard_settled();
CREATE CONSTRAINT TRIGGER billing_guard_settled_later AFTER UPDATE OF settled_at ON billing_bill
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_guard_settled();
CREATE CONSTRAINT TRIGGER billing_guard_settled AFTER INSERT ON billing_billpayment
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_guard_settled();

-- A bill that was reckoned here is what its lines come to; one of the former system has none.
CREATE FUNCTION billing_guard_bill_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key bigint;
BEGIN
    IF TG_TABLE_NAME = 'billing_bill' THEN
        key := NEW.id;
    ELSE
        key := NEW.bill_id;
    END IF;
    IF EXISTS (
        SELECT 1 FROM billing_bill AS bill LEFT JOIN billing_billline AS line ON line.bill_id = bill.id
         WHERE bill.id = key GROUP BY bill.id
        HAVING CASE bill.origin
            WHEN 'imported' THEN count(line.id) > 0
            ELSE (coalesce(sum(line.usage), 0), coalesce(sum(line.water_amount), 0),
                  coalesce(sum(line.resource_amount), 0), coalesce(sum(line.sewage_amount), 0))
                 <> (bill.usage, bill.water_amount, bill.resource_amount, bill.sewage_amount) END
    ) THEN
        PERFORM billing_guard_fail('bill_is_the_sum_of_its_lines', 'the lines of a bill say how it came about.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_guard_bill_lines AFTER INSERT ON billing_bill
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.origin <> 'imported') EXECUTE FUNCTION billing_guard_bill_lines();
CREATE CONSTRAINT TRIGGER billing_guard_bill_lines AFTER INSERT ON billing_billline
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_guard_bill_lines();

-- -- tariffs ------------------------------------------------------------------------------------

CREATE FUNCTION billing_guard_tiers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key bigint;
BEGIN
    IF TG_TABLE_NAME = 'billing_tariff' THEN
        key := NEW.id;
    ELSE
        key := NEW.tariff_id;
    END IF;
    IF EXISTS (
        SELECT 1 FROM (
            SELECT water, lag(water) OVER (ORDER BY above_m3) AS before FROM (
                SELECT 0 AS above_m3, water FROM billing_tariff WHERE id = key
                UNION ALL SELECT above_m3, water FROM billing_tarifftier WHERE tariff_id = key
            ) AS tier
        ) AS step WHERE water <= before
    ) THEN
        PERFORM billing_guard_fail('tiers_rise', 'each tier of a tariff costs more than the one before it.');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER billing_guard_tiers AFTER INSERT OR UPDATE ON billing_tariff
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_guard_tiers();
CREATE CONSTRAINT TRIGGER billing_guard_tiers AFTER INSERT OR UPDATE ON billing_tarifftier
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_guard_tiers();
