-- The rules between rows of water bills and tariffs, for SQLite. postgresql_bills.sql and postgresql_at_the_end.sql have
-- the same under the same names.

-- -- water bills --------------------------------------------------------------------------------

CREATE TRIGGER billing_guard_payment_once BEFORE INSERT ON billing_billpayment
WHEN round((SELECT coalesce(sum(amount), 0) FROM billing_billpayment WHERE bill_id = NEW.bill_id) + NEW.amount
           - (SELECT amount FROM billing_bill WHERE id = NEW.bill_id), 2) > 0
BEGIN SELECT RAISE(ABORT, 'bill_paid_once: a bill is not paid above its amount.'); END;

CREATE TRIGGER billing_guard_payment_reversal BEFORE INSERT ON billing_billpayment
WHEN NEW.reverses_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM billing_billpayment AS origin
     WHERE origin.id = NEW.reverses_id AND origin.reverses_id IS NULL AND origin.bill_id = NEW.bill_id
       AND origin.receipt_id IS NEW.receipt_id AND round(origin.amount + NEW.amount, 2) = 0
       AND origin.method = NEW.method
)
BEGIN SELECT RAISE(ABORT, 'reversal_is_the_opposite: a reversal is minus its payment, on its bill.'); END;

CREATE TRIGGER billing_guard_payment_reversal_by_another BEFORE INSERT ON billing_billpayment
WHEN NEW.recorded_by_id = (SELECT recorded_by_id FROM billing_billpayment WHERE id = NEW.reverses_id)
BEGIN SELECT RAISE(ABORT, 'reversal_by_another: whoever recorded that money moved does not reverse it.'); END;

CREATE TRIGGER billing_guard_payment_day_closed BEFORE INSERT ON billing_billpayment
WHEN (SELECT closed_at FROM billing_daysheet WHERE id = NEW.sheet_id) IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'day_is_closed: the day sheet is closed; nothing is recorded on it any more.'); END;

CREATE TRIGGER billing_guard_payment_day_sheet BEFORE INSERT ON billing_billpayment
WHEN (SELECT cashier_id FROM billing_daysheet WHERE id = NEW.sheet_id) <> coalesce(
    (SELECT sheet.cashier_id FROM billing_billpayment AS origin
       JOIN billing_daysheet AS sheet ON sheet.id = origin.sheet_id WHERE origin.id = NEW.reverses_id),
    NEW.recorded_by_id
)
BEGIN SELECT RAISE(ABORT, 'day_sheet_of_the_cashier: the day sheet is another cashier''s.'); END;

-- A late charge is taken with its payment: on the same sheet, and back again by the reversal of the payment.
CREATE TRIGGER billing_guard_late_day_closed BEFORE INSERT ON billing_latecharge
WHEN EXISTS (SELECT 1 FROM billing_billpayment AS payment JOIN billing_daysheet AS sheet ON sheet.id = payment.sheet_id
              WHERE payment.id = NEW.payment_id AND sheet.closed_at IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'day_is_closed: the day sheet is closed; nothing is recorded on it any more.'); END;

CREATE TRIGGER billing_guard_late_at_the_till BEFORE INSERT ON billing_latecharge
WHEN (SELECT sheet_id FROM billing_billpayment WHERE id = NEW.payment_id) IS NULL
BEGIN SELECT RAISE(ABORT, 'late_charge_at_the_till: what another system took, took no late charge here.'); END;

CREATE TRIGGER billing_guard_late_reversal BEFORE INSERT ON billing_latecharge
WHEN EXISTS (
    SELECT 1 FROM billing_billpayment AS payment LEFT JOIN billing_latecharge AS origin
        ON origin.payment_id = payment.reverses_id
     WHERE payment.id = NEW.payment_id AND CASE WHEN payment.reverses_id IS NULL THEN NEW.reckoned < 0
           ELSE coalesce(round(origin.principal + NEW.principal, 2) <> 0
                OR round(origin.reckoned + NEW.reckoned, 2) <> 0 OR round(origin.amount + NEW.amount, 2) <> 0, 1) END
)
BEGIN SELECT RAISE(ABORT, 'reversal_is_the_opposite: a reversal is minus its late charge.'); END;

-- A bill is issued unpaid; it is settled by its payments, which come first, and opened again by a reversal.
CREATE TRIGGER billing_guard_settled BEFORE INSERT ON billing_bill
WHEN NEW.settled_at IS NOT NULL AND NEW.amount > 0
BEGIN SELECT RAISE(ABORT, 'bill_settled_when_paid: a bill is settled when its payments reach its amount.'); END;

CREATE TRIGGER billing_guard_settled_later BEFORE UPDATE OF settled_at ON billing_bill
WHEN (NEW.settled_at IS NOT NULL) <> (
    round((SELECT coalesce(sum(amount), 0) FROM billing_billpayment WHERE bill_id = NEW.id) - NEW.amount, 2) = 0
)
BEGIN SELECT RAISE(ABORT, 'bill_settled_when_paid: a bill is settled when its payments reach its amount.'); END;

-- Lines stay within their bill; one to which they do not add up is not paid.
CREATE TRIGGER billing_guard_bill_line_within BEFORE INSERT ON billing_billline
WHEN NOT EXISTS (
    SELECT 1 FROM billing_bill AS bill WHERE bill.id = NEW.bill_id AND bill.origin <> 'imported'
       AND NEW.usage + (SELECT coalesce(sum(usage), 0) FROM billing_billline WHERE bill_id = bill.id) <= bill.usage
       AND round(NEW.water_amount - bill.water_amount
                 + (SELECT coalesce(sum(water_amount), 0) FROM billing_billline WHERE bill_id = bill.id), 2) <= 0
       AND round(NEW.resource_amount - bill.resource_amount
                 + (SELECT coalesce(sum(resource_amount), 0) FROM billing_billline WHERE bill_id = bill.id), 2) <= 0
       AND round(NEW.sewage_amount - bill.sewage_amount
                 + (SELECT coalesce(sum(sewage_amount), 0) FROM billing_billline WHERE bill_id = bill.id), 2) <= 0
)
BEGIN SELECT RAISE(ABORT, 'bill_is_the_sum_of_its_lines: the lines of a bill say how it came about.'); END;

CREATE TRIGGER billing_guard_bill_lines BEFORE INSERT ON billing_billpayment
WHEN EXISTS (
    SELECT 1 FROM billing_bill AS bill WHERE bill.id = NEW.bill_id AND bill.origin <> 'imported' AND round(bill.amount - (
        SELECT coalesce(sum(water_amount + resource_amount + sewage_amount), 0)
          FROM billing_billline WHERE bill_id = bill.id
    ), 2) <> 0
)
BEGIN SELECT RAISE(ABORT, 'bill_is_the_sum_of_its_lines: the lines of a bill say how it came about.'); END;

-- A bill begins standing, on days that no other one of its account covers. Of those on record the last that begins before
-- its end reaches furthest; one that begins on the same day is the matter of the unique key.
CREATE TRIGGER billing_guard_bill_begins BEFORE INSERT ON billing_bill
WHEN NEW.reversed_at IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'bill_begins_standing: a bill is issued first and reversed later.'); END;

CREATE TRIGGER billing_guard_bill_issued BEFORE INSERT ON billing_bill
WHEN NEW.reversed_at IS NULL AND NEW.period_start <= (
    SELECT period_end FROM billing_bill
     WHERE account_id = NEW.account_id AND reversed_at IS NULL AND period_start <= NEW.period_end
       AND period_start <> NEW.period_start
     ORDER BY period_start DESC LIMIT 1
)
BEGIN SELECT RAISE(ABORT, 'bill_overlaps_none: a bill of this account covers part of these days already.'); END;

-- A reading is recorded without a bill; the bill that asks for it is of its account, stands, and reaches its day. That it
-- is asked for once is the matter of `reading_stays`.
CREATE TRIGGER billing_guard_reading_begins BEFORE INSERT ON billing_reading
WHEN NEW.bill_id IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'reading_asked_for_by_its_bill: a bill asks for readings of its account and period.'); END;

CREATE TRIGGER billing_guard_reading_billed BEFORE UPDATE OF bill_id ON billing_reading
WHEN NEW.bill_id IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM billing_bill
     WHERE id = NEW.bill_id AND account_id = NEW.account_id AND reversed_at IS NULL AND period_end >= NEW.read_on
) AND NOT EXISTS (SELECT 1 FROM billing_bill WHERE id = OLD.bill_id AND reversed_at IS NULL)
BEGIN SELECT RAISE(ABORT, 'reading_asked_for_by_its_bill: a bill asks for readings of its account and period.'); END;

-- -- tariffs ------------------------------------------------------------------------------------

CREATE TRIGGER billing_guard_tariff_changed BEFORE UPDATE ON billing_tariff
WHEN EXISTS (SELECT 1 FROM billing_billline WHERE tariff_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'tariff_stays: bills were reckoned by this tariff; enter another.'); END;

CREATE TRIGGER billing_guard_tariff_deleted BEFORE DELETE ON billing_tariff
WHEN EXISTS (SELECT 1 FROM billing_billline WHERE tariff_id = OLD.id)
BEGIN SELECT RAISE(ABORT, 'tariff_stays: bills were reckoned by this tariff; enter another.'); END;

CREATE TRIGGER billing_guard_tier_added BEFORE INSERT ON billing_tarifftier
WHEN EXISTS (SELECT 1 FROM billing_billline WHERE tariff_id = NEW.tariff_id)
BEGIN SELECT RAISE(ABORT, 'tariff_stays: bills were reckoned by this tariff; enter another.'); END;

CREATE TRIGGER billing_guard_tier_changed BEFORE UPDATE ON billing_tarifftier
WHEN EXISTS (SELECT 1 FROM billing_billline WHERE tariff_id IN (OLD.tariff_id, NEW.tariff_id))
BEGIN SELECT RAISE(ABORT, 'tariff_stays: bills were reckoned by this tariff; enter another.'); END;

CREATE TRIGGER billing_guard_tier_deleted BEFORE DELETE ON billing_tarifftier
WHEN EXISTS (SELECT 1 FROM billing_billline WHERE tariff_id = OLD.tariff_id)
BEGIN SELECT RAISE(ABORT, 'tariff_stays: bills were reckoned by this tariff; enter another.'); END;

-- Several tiers may be changed one after the other, so that only what is added can be looked at here; by tiers that do
-- not rise the program reckons no bill.
CREATE TRIGGER billing_guard_tiers BEFORE INSERT ON billing_tarifftier
WHEN NEW.water <= (SELECT water FROM billing_tariff WHERE id = NEW.tariff_id) OR EXISTS (
    SELECT 1 FROM billing_tarifftier
     WHERE tariff_id = NEW.tariff_id AND (above_m3 < NEW.above_m3 AND water >= NEW.water
                                          OR above_m3 > NEW.above_m3 AND water <= NEW.water)
)
BEGIN SELECT RAISE(ABORT, 'tiers_rise: each tier of a tariff costs more than the one before it.'); END;
