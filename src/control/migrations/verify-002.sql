-- The check that keeps card numbers out: it knows the networks' published test numbers, however they are written,
-- and lets the tokens of payment providers pass.
SELECT platform.contains_card_number('4111111111111111') AS plain,
       platform.contains_card_number('4111 1111 1111 1111') AS with_spaces,
       platform.contains_card_number('card:3782-822463-10005') AS with_dashes_in_a_text,
       NOT platform.contains_card_number('4111111111111112') AS wrong_check_digit,
       NOT platform.contains_card_number('pm_1NO6mA2eZvKYlo2CEydeHsKT') AS a_token,
       NOT platform.contains_card_number('8415568838266087') AS a_numeric_reference,
       NOT platform.contains_card_number('') AS nothing;
