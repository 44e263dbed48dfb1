-- The rules between rows of the ledgers, for SQLite. postgresql.sql has the same under the same names.
-- SQLite has one writer at a time, so nothing is locked; it adds in binary fractions, so sums are rounded to the fen.
-- It can look at nothing when a transaction ends: rules that hold only then are missing here, or wait for the next entry.

-- -- statements ---------------------------------------------------------------------------------

CREATE TRIGGER billing_guard_line_statement_closed BEFORE INSERT ON billing_statementline
WHEN (SELECT closed_at FROM billing_statement WHERE id = NEW.statement_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'statement_is_closed: nothing is posted to a closed statement.'); END;

CREATE TRIGGER billing_guard_line_statement_ended BEFORE INSERT ON billing_statementline
WHEN EXISTS (SELECT 1 FROM billing_statement
              WHERE id = NEW.statement_id AND ended_at IS NOT NULL AND closed_at IS NULL)
 AND NOT (
    (NEW.kind = 'reduction' AND NEW.source LIKE 'deposit:%')
    OR ((NEW.kind = 'refund' OR (NEW.kind = 'charge' AND NEW.source LIKE 'forfeit:%'))
        AND round((SELECT coalesce(sum(amount), 0) FROM billing_statementline WHERE statement_id = NEW.statement_id)
                  + NEW.amount, 2) <= 0)
 )
BEGIN SELECT RAISE(ABORT, 'statement_has_ended: only deposits move on a statement whose case has ended.'); END;

CREATE TRIGGER billing_guard_line_balance BEFORE INSERT ON billing_statementline
WHEN NEW.kind = 'payment' AND NOT NEW.as_credit
 AND round((SELECT coalesce(sum(amount), 0) FROM billing_statementline WHERE statement_id = NEW.statement_id)
           + NEW.amount, 2) < 0
BEGIN SELECT RAISE(ABORT, 'payment_within_balance: a payment above the balance is marked as credit.'); END;

CREATE TRIGGER billing_guard_line_paid BEFORE INSERT ON billing_statementline
WHEN NEW.method <> ''
 AND round((SELECT coalesce(sum(amount), 0) FROM billing_statementline
             WHERE statement_id = NEW.statement_id AND method <> '') + NEW.amount
           + CASE WHEN NEW.kind = 'refund'
                   AND round((SELECT sum(amount) FROM billing_statementline WHERE statement_id = NEW.statement_id), 2) <= 0
                  THEN (SELECT coalesce(sum(amount), 0) FROM billing_statementline
                         WHERE statement_id = NEW.statement_id AND source LIKE 'deposit:%')
                  ELSE 0 END, 2) > 0
BEGIN SELECT RAISE(ABORT, 'refund_within_paid: no more goes back than was paid and is not held as a deposit.'); END;

CREATE TRIGGER billing_guard_line_invoiced BEFORE INSERT ON billing_statementline
WHEN NEW.method <> '' AND NEW.kind <> 'payment'
 AND EXISTS (SELECT 1 FROM billing_taxinvoice WHERE statement_id = NEW.statement_id)
 AND round((SELECT coalesce(sum(amount), 0) FROM billing_statementline
             WHERE statement_id = NEW.statement_id AND method <> '') + NEW.amount
           + (SELECT coalesce(sum(amount), 0) FROM billing_taxinvoice WHERE statement_id = NEW.statement_id), 2) > 0
BEGIN SELECT RAISE(ABORT, 'paid_covers_invoices: tax invoices stand for more than would be paid.'); END;

CREATE TRIGGER billing_guard_line_reversal BEFORE INSERT ON billing_statementline
WHEN NEW.reverses_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM billing_statementline AS origin
     WHERE origin.id = NEW.reverses_id AND origin.kind <> 'reversal' AND origin.statement_id = NEW.statement_id
       AND round(origin.amount + NEW.amount, 2) = 0 AND origin.method = NEW.method AND origin.source = NEW.source
)
BEGIN SELECT RAISE(ABORT, 'reversal_is_the_opposite: a reversal is minus its line, on its statement.'); END;

CREATE TRIGGER billing_guard_line_reversal_by_another BEFORE INSERT ON billing_statementline
WHEN NEW.method <> ''
 AND NEW.recorded_by_id = (SELECT recorded_by_id FROM billing_statementline WHERE id = NEW.reverses_id)
BEGIN SELECT RAISE(ABORT, 'reversal_by_another: whoever recorded that money moved does not reverse it.'); END;

CREATE TRIGGER billing_guard_line_day_closed BEFORE INSERT ON billing_statementline
WHEN (SELECT closed_at FROM billing_daysheet WHERE id = NEW.sheet_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'day_is_closed: the day sheet is closed; nothing is recorded on it any more.'); END;

CREATE TRIGGER billing_guard_line_day_sheet BEFORE INSERT ON billing_statementline
WHEN NEW.sheet_id IS NOT NULL AND (SELECT cashier_id FROM billing_daysheet WHERE id = NEW.sheet_id) <> coalesce(
    (SELECT sheet.cashier_id FROM billing_statementline AS origin
       JOIN billing_daysheet AS sheet ON sheet.id = origin.sheet_id WHERE origin.id = NEW.reverses_id),
    NEW.recorded_by_id
)
BEGIN SELECT RAISE(ABORT, 'day_sheet_of_the_cashier: the day sheet is another cashier''s.'); END;

CREATE TRIGGER billing_guard_statement_stays BEFORE UPDATE OF ended_at, closed_at ON billing_statement
WHEN (OLD.ended_at IS NOT NULL AND NEW.ended_at IS NOT OLD.ended_at)
  OR (OLD.closed_at IS NOT NULL AND NEW.closed_at IS NOT OLD.closed_at)
BEGIN SELECT RAISE(ABORT, 'statement_stays_closed: a statement that has ended is not opened again.'); END;

CREATE TRIGGER billing_guard_statement_balanced BEFORE UPDATE OF ended_at, closed_at ON billing_statement
WHEN ((OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) OR (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL))
 AND round((SELECT coalesce(sum(amount), 0) FROM billing_statementline WHERE statement_id = NEW.id), 2) <> 0
BEGIN SELECT RAISE(ABORT, 'statement_closes_balanced: money is still owed on this statement.'); END;

CREATE TRIGGER billing_guard_statement_deposit BEFORE UPDATE OF closed_at ON billing_statement
WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM billing_deposit AS deposit
     WHERE deposit.statement_id = NEW.id AND deposit.ended_at IS NULL
       AND NOT EXISTS (SELECT 1 FROM billing_statementline WHERE reverses_id = deposit.line_id)
)
BEGIN SELECT RAISE(ABORT, 'statement_closes_without_deposit: a deposit is still held on this statement.'); END;

CREATE TRIGGER billing_guard_statement_customer BEFORE UPDATE OF customer_id, reference ON billing_statement
WHEN (NEW.customer_id <> OLD.customer_id OR NEW.reference <> OLD.reference)
 AND EXISTS (SELECT 1 FROM billing_statementline WHERE statement_id = NEW.id AND method <> '')
BEGIN SELECT RAISE(ABORT, 'statement_customer_stays: what was paid on a statement was its customer''s, for its case.'); END;

CREATE TRIGGER billing_guard_statement_opened BEFORE INSERT ON billing_statement
WHEN NEW.ended_at IS NOT NULL OR NEW.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'statement_begins_open: a statement begins open.'); END;

CREATE TRIGGER billing_guard_statement_kept BEFORE DELETE ON billing_statement
BEGIN SELECT RAISE(ABORT, 'append_only: statements are closed, never deleted.'); END;

-- -- deposits -----------------------------------------------------------------------------------

CREATE TRIGGER billing_guard_line_deposit_moves BEFORE INSERT ON billing_statementline
WHEN NEW.reverses_id IS NOT NULL AND (
    EXISTS (SELECT 1 FROM billing_depositmove WHERE released_id = NEW.reverses_id OR settled_id = NEW.reverses_id)
    OR EXISTS (SELECT 1 FROM billing_deposit AS deposit JOIN billing_depositmove AS move
                 ON move.deposit_id = deposit.id WHERE deposit.line_id = NEW.reverses_id)
)
BEGIN SELECT RAISE(ABORT, 'deposit_moves_once: what a deposit has paid is not taken back.'); END;

CREATE TRIGGER billing_guard_deposit_move_held BEFORE INSERT ON billing_depositmove
WHEN EXISTS (SELECT 1 FROM billing_statementline AS line JOIN billing_deposit AS deposit
               ON deposit.line_id = line.reverses_id WHERE deposit.id = NEW.deposit_id)
  OR round((SELECT coalesce(sum(amount), 0) FROM billing_depositmove WHERE deposit_id = NEW.deposit_id) + NEW.amount
           - (SELECT line.amount FROM billing_deposit AS deposit
                JOIN billing_statementline AS line ON line.id = deposit.line_id
               WHERE deposit.id = NEW.deposit_id), 2) > 0
BEGIN SELECT RAISE(ABORT, 'deposit_within_held: no more leaves a deposit than is held of it.'); END;

-- One trigger, so that the order is judged before the lines, as on PostgreSQL.
CREATE TRIGGER billing_guard_deposit_move_fits BEFORE INSERT ON billing_depositmove
BEGIN
    SELECT RAISE(ABORT, 'deposit_moves_as_ordered: a deposit moves as it was prepared and granted.')
     WHERE NOT EXISTS (SELECT 1 FROM billing_depositorder AS ordered
                        WHERE ordered.id = NEW.order_id AND ordered.deposit_id = NEW.deposit_id
                          AND ordered.status = 'granted' AND ordered.asked_by_id = NEW.prepared_by_id
                          AND (ordered.way = NEW.way OR (ordered.way = 'offset' AND NEW.way = 'refund'
                                                         AND ordered.rest = 'refund')));
    SELECT RAISE(ABORT, 'deposit_move_is_its_lines: the lines of a movement say its amount and its way.')
     WHERE NOT EXISTS (
        SELECT 1 FROM billing_deposit AS deposit
          JOIN billing_statementline AS charge ON charge.id = deposit.line_id
          JOIN billing_statementline AS released ON released.id = NEW.released_id
          JOIN billing_statementline AS settled ON settled.id = NEW.settled_id
         WHERE deposit.id = NEW.deposit_id
           AND released.statement_id = charge.statement_id AND released.kind = 'reduction'
           AND released.source = charge.source AND round(released.amount + NEW.amount, 2) = 0
           AND settled.statement_id = charge.statement_id AND round(settled.amount - NEW.amount, 2) = 0
           AND CASE NEW.way WHEN 'refund' THEN settled.kind = 'refund' AND settled.method <> 'deposit'
                            WHEN 'offset' THEN settled.kind = 'refund' AND settled.method = 'deposit'
                            ELSE settled.kind = 'charge' AND settled.source LIKE 'forfeit:%' END
    ) OR (NEW.way = 'offset' AND NOT EXISTS (
        SELECT 1 FROM billing_receipt
         WHERE id = NEW.receipt_id AND method = 'deposit' AND round(amount - NEW.amount, 2) = 0 AND line_id IS NULL
    ));
END;

CREATE TRIGGER billing_guard_deposit_ended BEFORE UPDATE OF ended_at ON billing_deposit
WHEN OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL OR NOT (
    EXISTS (SELECT 1 FROM billing_statementline WHERE reverses_id = NEW.line_id)
    OR round((SELECT coalesce(sum(amount), 0) FROM billing_depositmove WHERE deposit_id = NEW.id)
             - (SELECT amount FROM billing_statementline WHERE id = NEW.line_id), 2) = 0
)
BEGIN SELECT RAISE(ABORT, 'deposit_ends_empty: a deposit ends once, when nothing is left of it.'); END;

-- -- receipts and tax invoices ------------------------------------------------------------------

CREATE TRIGGER billing_guard_receipt_valid BEFORE INSERT ON billing_receipt
WHEN NEW.reversed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'receipt_begins_valid: a receipt begins valid.'); END;

CREATE TRIGGER billing_guard_receipt_number BEFORE INSERT ON billing_receipt
WHEN NEW.number NOT LIKE '%-0000001' AND NOT EXISTS (
    SELECT 1 FROM billing_receipt
     WHERE number = substr(NEW.number, 1, 7) || printf('%07d', CAST(substr(NEW.number, 8) AS integer) - 1)
)
BEGIN SELECT RAISE(ABORT, 'receipt_leaves_no_gap: a receipt has the number after the last one of its year.'); END;

CREATE TRIGGER billing_guard_receipt_payment BEFORE INSERT ON billing_receipt
WHEN NEW.line_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM billing_statementline
     WHERE id = NEW.line_id AND kind = 'payment' AND round(amount + NEW.amount, 2) = 0 AND method = NEW.method
       AND reference = NEW.slip
)
BEGIN SELECT RAISE(ABORT, 'receipt_is_its_payment: a receipt repeats amount, method and slip of its payment.'); END;

CREATE TRIGGER billing_guard_receipt_reversed BEFORE UPDATE OF reversed_at ON billing_receipt
WHEN OLD.reversed_at IS NOT NULL OR NOT (
    EXISTS (SELECT 1 FROM billing_statementline WHERE reverses_id = NEW.line_id)
    OR EXISTS (SELECT 1 FROM billing_billpayment WHERE receipt_id = NEW.id AND reverses_id IS NOT NULL)
)
BEGIN SELECT RAISE(ABORT, 'receipt_reversed_with_its_payment: a receipt falls with its payment, for good.'); END;

CREATE TRIGGER billing_guard_receipt_invoiced BEFORE UPDATE OF reversed_at ON billing_receipt
WHEN round((SELECT coalesce(sum(amount), 0) FROM billing_taxinvoice WHERE receipt_id = NEW.id), 2) <> 0
BEGIN SELECT RAISE(ABORT, 'paid_covers_invoices: a tax invoice stands for this receipt.'); END;

CREATE TRIGGER billing_guard_invoice_red BEFORE INSERT ON billing_taxinvoice
WHEN NEW.flushes_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM billing_taxinvoice AS origin
     WHERE origin.id = NEW.flushes_id AND origin.flushes_id IS NULL AND round(origin.amount + NEW.amount, 2) = 0
       AND origin.statement_id IS NEW.statement_id AND origin.receipt_id IS NEW.receipt_id
)
BEGIN SELECT RAISE(ABORT, 'red_invoice_is_the_opposite: a red invoice is minus its blue one.'); END;

CREATE TRIGGER billing_guard_invoice_paid BEFORE INSERT ON billing_taxinvoice
WHEN NEW.flushes_id IS NULL AND round(
    NEW.amount
    + (SELECT coalesce(sum(amount), 0) FROM billing_taxinvoice
        WHERE statement_id = NEW.statement_id OR receipt_id = NEW.receipt_id)
    + (SELECT coalesce(sum(amount), 0) FROM billing_statementline
        WHERE statement_id = NEW.statement_id AND method <> '')
    - (SELECT coalesce(sum(amount), 0) FROM billing_receipt
        WHERE id = NEW.receipt_id AND line_id IS NULL AND reversed_at IS NULL), 2) > 0
BEGIN SELECT RAISE(ABORT, 'invoice_within_paid: an invoice stands for what was paid and not yet invoiced.'); END;

-- -- the cashier's day --------------------------------------------------------------------------

CREATE TRIGGER billing_guard_daycount BEFORE INSERT ON billing_daycount
WHEN (SELECT closed_at FROM billing_daysheet WHERE id = NEW.sheet_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'day_is_closed: the day sheet is closed; nothing is counted on it any more.'); END;

CREATE TRIGGER billing_guard_daysheet_opened BEFORE INSERT ON billing_daysheet
WHEN NEW.closed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'day_begins_open: a day sheet begins open.'); END;

CREATE TRIGGER billing_guard_daysheet_stays BEFORE UPDATE ON billing_daysheet
WHEN OLD.countersigned_at IS NOT NULL OR (OLD.closed_at IS NOT NULL AND (
    NEW.closed_at IS NOT OLD.closed_at OR NEW.closed_by_id IS NOT OLD.closed_by_id
    OR NEW.denominations IS NOT OLD.denominations OR NEW.lines IS NOT OLD.lines
))
BEGIN SELECT RAISE(ABORT, 'day_is_closed: a closed day sheet never changes.'); END;

CREATE TRIGGER billing_guard_daysheet_counted BEFORE UPDATE OF closed_at ON billing_daysheet
WHEN OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL AND EXISTS (
    SELECT 1 FROM (
        SELECT method, -amount AS amount FROM billing_statementline WHERE sheet_id = NEW.id
        UNION ALL SELECT method, amount FROM billing_billpayment WHERE sheet_id = NEW.id
        UNION ALL SELECT payment.method, late.amount FROM billing_latecharge AS late
                    JOIN billing_billpayment AS payment ON payment.id = late.payment_id WHERE payment.sheet_id = NEW.id
        UNION ALL SELECT method, -recorded FROM billing_daycount WHERE sheet_id = NEW.id
    ) GROUP BY method HAVING round(sum(amount), 2) <> 0
)
BEGIN SELECT RAISE(ABORT, 'day_counted_as_recorded: the counts do not name what is recorded by each method.'); END;
