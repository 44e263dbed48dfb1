-- The rules between rows of the ledgers, for PostgreSQL. sqlite.sql has the same under the same names; what can only
-- be seen when a transaction ends is in postgresql_at_the_end.sql, rules of bills and tariffs in postgresql_bills.sql.
-- Each trigger first locks the row that its sums belong to: whoever comes second reads what the first has committed.

CREATE FUNCTION billing_guard_fail(rule text, words text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%: %', rule, words USING ERRCODE = 'check_violation', CONSTRAINT = rule;
END $$;

-- For triggers that refuse whatever happens: the rule and its words are the trigger's arguments.
CREATE FUNCTION billing_guard_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM billing_guard_fail(TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;

-- What several rules ask for. In plpgsql, which keeps the plan: in SQL each call would be planned anew.
CREATE FUNCTION billing_guard_paid(of_statement bigint) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT -coalesce(sum(amount), 0) FROM billing_statementline WHERE statement_id = of_statement AND method <> '');
END $$;
CREATE FUNCTION billing_guard_reversed(line bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT EXISTS (SELECT 1 FROM billing_statementline WHERE reverses_id = line));
END $$;
CREATE FUNCTION billing_guard_gone(of_deposit bigint) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(sum(amount), 0) FROM billing_depositmove WHERE deposit_id = of_deposit);
END $$;
CREATE FUNCTION billing_guard_bill_paid(of_bill bigint) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(sum(amount), 0) FROM billing_billpayment WHERE bill_id = of_bill);
END $$;
CREATE FUNCTION billing_guard_invoiced(of_statement bigint, of_receipt bigint) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT coalesce(sum(amount), 0) FROM billing_taxinvoice WHERE statement_id = of_statement OR receipt_id = of_receipt);
END $$;

-- What moves money stands on an open sheet: of whoever records it, a reversal of the cashier of its entry.
CREATE FUNCTION billing_guard_sheet(sheet bigint, recorded_by bigint, origin_sheet bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    found record;
    owner bigint := recorded_by;
BEGIN
    SELECT cashier_id, closed_at INTO found FROM billing_daysheet WHERE id = sheet FOR SHARE;
    IF origin_sheet IS NOT NULL THEN
        SELECT cashier_id INTO owner FROM billing_daysheet WHERE id = origin_sheet;
    END IF;
    IF found.closed_at IS NOT NULL THEN
        PERFORM billing_guard_fail('day_is_closed', 'the day sheet is closed; nothing is recorded on it any more.');
    END IF;
    IF found.cashier_id <> owner THEN
        PERFORM billing_guard_fail('day_sheet_of_the_cashier', 'the day sheet is another cashier''s.');
    END IF;
END $$;

-- -- statements ---------------------------------------------------------------------------------

CREATE FUNCTION billing_guard_statementline() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    folder record;
    origin record;
    balance numeric;
    deposits numeric;
    paid numeric;
BEGIN
    SELECT ended_at, closed_at INTO folder FROM billing_statement WHERE id = NEW.statement_id FOR NO KEY UPDATE;
    IF folder.closed_at IS NOT NULL THEN
        PERFORM billing_guard_fail('statement_is_closed', 'nothing is posted to a closed statement.');
    END IF;
    SELECT coalesce(sum(amount), 0), coalesce(sum(amount) FILTER (WHERE source LIKE 'deposit:%'), 0)
      INTO balance, deposits FROM billing_statementline WHERE statement_id = NEW.statement_id;
    paid := billing_guard_paid(NEW.statement_id);
    -- A deposit is released first; what that leaves as credit is paid back or forfeited, and no more.
    IF folder.ended_at IS NOT NULL AND NOT (
        (NEW.kind = 'reduction' AND NEW.source LIKE 'deposit:%')
        OR ((NEW.kind = 'refund' OR (NEW.kind = 'charge' AND NEW.source LIKE 'forfeit:%')) AND balance + NEW.amount <= 0)
    ) THEN
        PERFORM billing_guard_fail('statement_has_ended', 'only deposits move on a statement whose case has ended.');
    END IF;
    IF NEW.kind = 'payment' AND NOT NEW.as_credit AND balance + NEW.amount < 0 THEN
        PERFORM billing_guard_fail('payment_within_balance', 'a payment above the balance is marked as credit.');
    END IF;
    IF NEW.method <> '' THEN
        IF paid - NEW.amount < (CASE WHEN NEW.kind = 'refund' AND balance <= 0 THEN deposits ELSE 0 END) THEN
            PERFORM billing_guard_fail('refund_within_paid', 'no more goes back than was paid and is not held as a deposit.');
        END IF;
        IF NEW.kind <> 'payment' AND paid - NEW.amount < billing_guard_invoiced(NEW.statement_id, NULL) THEN
            PERFORM billing_guard_fail('paid_covers_invoices', 'tax invoices stand for more than would be paid.');
        END IF;
    END IF;
    IF NEW.reverses_id IS NOT NULL THEN
        SELECT * INTO origin FROM billing_statementline WHERE id = NEW.reverses_id;
        IF origin.kind = 'reversal' OR origin.statement_id <> NEW.statement_id OR origin.amount <> -NEW.amount
           OR origin.method <> NEW.method OR origin.source <> NEW.source THEN
            PERFORM billing_guard_fail('reversal_is_the_opposite', 'a reversal is minus its line, on its statement.');
        END IF;
        IF origin.method <> '' AND origin.recorded_by_id = NEW.recorded_by_id THEN
            PERFORM billing_guard_fail('reversal_by_another', 'whoever recorded that money moved does not reverse it.');
        END IF;
        IF EXISTS (SELECT 1 FROM billing_depositmove
                    WHERE released_id = NEW.reverses_id OR settled_id = NEW.reverses_id)
           OR EXISTS (SELECT 1 FROM billing_deposit AS deposit JOIN billing_depositmove AS move
                        ON move.deposit_id = deposit.id WHERE deposit.line_id = NEW.reverses_id) THEN
            PERFORM billing_guard_fail('deposit_moves_once', 'what a deposit has paid is not taken back.');
        END IF;
    END IF;
    IF NEW.sheet_id IS NOT NULL THEN
        PERFORM billing_guard_sheet(NEW.sheet_id, NEW.recorded_by_id, origin_sheet) FROM (
            SELECT (SELECT sheet_id FROM billing_statementline WHERE id = NEW.reverses_id) AS origin_sheet
        ) AS found;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_statementline BEFORE INSERT ON billing_statementline
FOR EACH ROW EXECUTE FUNCTION billing_guard_statementline();

CREATE FUNCTION billing_guard_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
       OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS DISTINCT FROM OLD.closed_at) THEN
        PERFORM billing_guard_fail('statement_stays_closed', 'a statement that has ended is not opened again.');
    END IF;
    IF (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) OR (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL) THEN
        IF (SELECT coalesce(sum(amount), 0) FROM billing_statementline WHERE statement_id = NEW.id) <> 0 THEN
            PERFORM billing_guard_fail('statement_closes_balanced', 'money is still owed on this statement.');
        END IF;
    END IF;
    IF OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM billing_deposit AS deposit
         WHERE deposit.statement_id = NEW.id AND deposit.ended_at IS NULL
           AND NOT billing_guard_reversed(deposit.line_id)
    ) THEN
        PERFORM billing_guard_fail('statement_closes_without_deposit', 'a deposit is still held on this statement.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_statement BEFORE UPDATE OF ended_at, closed_at ON billing_statement
FOR EACH ROW EXECUTE FUNCTION billing_guard_statement();

CREATE FUNCTION billing_guard_statement_customer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.customer_id, NEW.reference) IS DISTINCT FROM (OLD.customer_id, OLD.reference)
       AND EXISTS (SELECT 1 FROM billing_statementline WHERE statement_id = NEW.id AND method <> '') THEN
        PERFORM billing_guard_fail('statement_customer_stays', 'what was paid on a statement was its customer''s, for its case.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_statement_customer BEFORE UPDATE OF customer_id, reference ON billing_statement
FOR EACH ROW EXECUTE FUNCTION billing_guard_statement_customer();

CREATE FUNCTION billing_guard_statement_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.ended_at IS NOT NULL OR NEW.closed_at IS NOT NULL THEN
        PERFORM billing_guard_fail('statement_begins_open', 'a statement begins open.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_statement_opened BEFORE INSERT ON billing_statement
FOR EACH ROW EXECUTE FUNCTION billing_guard_statement_opened();

CREATE TRIGGER billing_guard_statement_kept BEFORE DELETE ON billing_statement
FOR EACH ROW EXECUTE FUNCTION billing_guard_refuse('append_only', 'statements are closed, never deleted.');

-- -- deposits -----------------------------------------------------------------------------------

-- Both lines stand on the deposit's statement and say its amount; together the movements stay within the charge.
CREATE FUNCTION billing_guard_depositmove() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    charge record;
BEGIN
    SELECT line.id, line.statement_id, line.amount, line.source INTO charge
      FROM billing_deposit AS deposit JOIN billing_statementline AS line ON line.id = deposit.line_id
     WHERE deposit.id = NEW.deposit_id FOR NO KEY UPDATE OF deposit;
    IF billing_guard_gone(NEW.deposit_id) + NEW.amount > charge.amount OR billing_guard_reversed(charge.id) THEN
        PERFORM billing_guard_fail('deposit_within_held', 'no more leaves a deposit than is held of it.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM billing_depositorder AS ordered
                    WHERE ordered.id = NEW.order_id AND ordered.deposit_id = NEW.deposit_id
                      AND ordered.status = 'granted' AND ordered.asked_by_id = NEW.prepared_by_id
                      AND (ordered.way = NEW.way OR (ordered.way = 'offset' AND NEW.way = 'refund'
                                                     AND ordered.rest = 'refund'))) THEN
        PERFORM billing_guard_fail('deposit_moves_as_ordered', 'a deposit moves as it was prepared and granted.');
    END IF;
    IF NOT EXISTS (SELECT 1 FROM billing_statementline
                    WHERE id = NEW.released_id AND statement_id = charge.statement_id AND kind = 'reduction'
                      AND source = charge.source AND amount = -NEW.amount)
       OR NOT EXISTS (SELECT 1 FROM billing_statementline
                       WHERE id = NEW.settled_id AND statement_id = charge.statement_id AND amount = NEW.amount
                         AND CASE NEW.way WHEN 'refund' THEN kind = 'refund' AND method <> 'deposit'
                                          WHEN 'offset' THEN kind = 'refund' AND method = 'deposit'
                                          ELSE kind = 'charge' AND source LIKE 'forfeit:%' END)
       OR (NEW.way = 'offset' AND NOT EXISTS (SELECT 1 FROM billing_receipt
            WHERE id = NEW.receipt_id AND method = 'deposit' AND amount = NEW.amount AND line_id IS NULL)) THEN
        PERFORM billing_guard_fail('deposit_move_is_its_lines', 'the lines of a movement say its amount and its way.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_depositmove BEFORE INSERT ON billing_depositmove
FOR EACH ROW EXECUTE FUNCTION billing_guard_depositmove();

CREATE FUNCTION billing_guard_deposit_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NOT (
        billing_guard_reversed(NEW.line_id)
        OR billing_guard_gone(NEW.id) = (SELECT amount FROM billing_statementline WHERE id = NEW.line_id)
    ) THEN
        PERFORM billing_guard_fail('deposit_ends_empty', 'a deposit ends once, when nothing is left of it.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_deposit_ended BEFORE UPDATE OF ended_at ON billing_deposit
FOR EACH ROW EXECUTE FUNCTION billing_guard_deposit_ended();

-- -- receipts and tax invoices ------------------------------------------------------------------

CREATE FUNCTION billing_guard_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.reversed_at IS NOT NULL THEN
        PERFORM billing_guard_fail('receipt_begins_valid', 'a receipt begins valid.');
    END IF;
    IF NEW.number ~ '^SJ[0-9]{4}-[0-9]{7}$' AND NEW.number NOT LIKE '%-0000001' AND NOT EXISTS (
        SELECT 1 FROM billing_receipt
         WHERE number = left(NEW.number, 7) || lpad(CAST(CAST(right(NEW.number, 7) AS integer) - 1 AS text), 7, '0')
    ) THEN
        PERFORM billing_guard_fail('receipt_leaves_no_gap', 'a receipt has the number after the last one of its year.');
    END IF;
    IF NEW.line_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM billing_statementline
         WHERE id = NEW.line_id AND kind = 'payment' AND amount = -NEW.amount AND method = NEW.method
           AND reference = NEW.slip
    ) THEN
        PERFORM billing_guard_fail('receipt_is_its_payment', 'a receipt repeats amount, method and slip of its payment.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_receipt BEFORE INSERT ON billing_receipt
FOR EACH ROW EXECUTE FUNCTION billing_guard_receipt();

CREATE FUNCTION billing_guard_receipt_reversed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reversed_at IS NOT NULL OR NOT (
        billing_guard_reversed(NEW.line_id)
        OR EXISTS (SELECT 1 FROM billing_billpayment WHERE receipt_id = NEW.id AND reverses_id IS NOT NULL)
    ) THEN
        PERFORM billing_guard_fail('receipt_reversed_with_its_payment', 'a receipt falls with its payment, for good.');
    END IF;
    IF billing_guard_invoiced(NULL, NEW.id) <> 0 THEN
        PERFORM billing_guard_fail('paid_covers_invoices', 'a tax invoice stands for this receipt.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_receipt_reversed BEFORE UPDATE OF reversed_at ON billing_receipt
FOR EACH ROW EXECUTE FUNCTION billing_guard_receipt_reversed();

CREATE FUNCTION billing_guard_taxinvoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    origin record;
    paid numeric;
BEGIN
    IF NEW.flushes_id IS NOT NULL THEN
        SELECT * INTO origin FROM billing_taxinvoice WHERE id = NEW.flushes_id;
        IF origin.flushes_id IS NOT NULL OR origin.amount <> -NEW.amount
           OR origin.statement_id IS DISTINCT FROM NEW.statement_id
           OR origin.receipt_id IS DISTINCT FROM NEW.receipt_id THEN
            PERFORM billing_guard_fail('red_invoice_is_the_opposite', 'a red invoice is minus its blue one.');
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.statement_id IS NOT NULL THEN
        PERFORM 1 FROM billing_statement WHERE id = NEW.statement_id FOR NO KEY UPDATE;
        paid := billing_guard_paid(NEW.statement_id);
    ELSE
        SELECT CASE WHEN line_id IS NULL AND reversed_at IS NULL THEN amount ELSE 0 END INTO paid
          FROM billing_receipt WHERE id = NEW.receipt_id FOR NO KEY UPDATE;
    END IF;
    IF billing_guard_invoiced(NEW.statement_id, NEW.receipt_id) + NEW.amount > paid THEN
        PERFORM billing_guard_fail('invoice_within_paid', 'an invoice stands for what was paid and not yet invoiced.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_taxinvoice BEFORE INSERT ON billing_taxinvoice
FOR EACH ROW EXECUTE FUNCTION billing_guard_taxinvoice();

-- -- the cashier's day --------------------------------------------------------------------------

CREATE FUNCTION billing_guard_daycount() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM billing_daysheet WHERE id = NEW.sheet_id AND closed_at IS NOT NULL) THEN
        PERFORM billing_guard_fail('day_is_closed', 'the day sheet is closed; nothing is counted on it any more.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_daycount BEFORE INSERT ON billing_daycount
FOR EACH ROW EXECUTE FUNCTION billing_guard_daycount();

CREATE FUNCTION billing_guard_daysheet_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.closed_at IS NOT NULL THEN
        PERFORM billing_guard_fail('day_begins_open', 'a day sheet begins open.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_daysheet_opened BEFORE INSERT ON billing_daysheet
FOR EACH ROW EXECUTE FUNCTION billing_guard_daysheet_opened();

CREATE FUNCTION billing_guard_daysheet() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.countersigned_at IS NOT NULL OR (OLD.closed_at IS NOT NULL AND (
        NEW.closed_at IS DISTINCT FROM OLD.closed_at OR NEW.closed_by_id IS DISTINCT FROM OLD.closed_by_id
        OR NEW.denominations IS DISTINCT FROM OLD.denominations OR NEW.lines IS DISTINCT FROM OLD.lines
    )) THEN
        PERFORM billing_guard_fail('day_is_closed', 'a closed day sheet never changes.');
    END IF;
    IF OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND EXISTS (
        SELECT 1 FROM (
            SELECT method, -amount AS amount FROM billing_statementline WHERE sheet_id = NEW.id
            UNION ALL SELECT method, amount FROM billing_billpayment WHERE sheet_id = NEW.id
            UNION ALL SELECT payment.method, late.amount FROM billing_latecharge AS late
                        JOIN billing_billpayment AS payment ON payment.id = late.payment_id
                       WHERE payment.sheet_id = NEW.id
            UNION ALL SELECT method, -recorded FROM billing_daycount WHERE sheet_id = NEW.id
        ) AS moved GROUP BY method HAVING sum(amount) <> 0
    ) THEN
        PERFORM billing_guard_fail('day_counted_as_recorded', 'the counts do not name what is recorded by each method.');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER billing_guard_daysheet BEFORE UPDATE ON billing_daysheet
FOR EACH ROW EXECUTE FUNCTION billing_guard_daysheet();
