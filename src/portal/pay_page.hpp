// Where people pay: a page of the operator's payment system, by an address with places for what is to be paid. That
// system books what came in by the API, under the reference that it was given (decision 67). Pure; any thread.
#pragma once

#include "base/money.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace keepline::portal {

/// Why this is no such page; empty: it is one, like
/// "https://pay.operator.example/?ref={reference}&amount={amount}&currency={currency}&lang={language}". The reference
/// is there, no other places are, and none in its host; http:// is for localhost and 127.0.0.1 only.
std::string unfit_pay_page(std::string_view page);

struct payment {
    std::string reference;
    base::money amount;
    std::string_view language;
};
std::string pay_address(std::string_view page, const payment& what);

/// Of what an offer leaves to be paid. As long as nothing came it is the same payment, so that nobody pays it twice;
/// once something has, another one, also where the same sum is open once more. `came`: when a payment was last booked
/// on the line; zero: never.
std::string closing_reference(std::string_view closure, int quote, const base::money& open, base::instant came = {});
/// Of a top-up: the same until something has happened to the line.
std::string top_up_reference(std::string_view line, std::uint64_t version, const base::money& amount);

/// "20", "20.5", "20,50" as people type it; nothing: it is no amount above zero of this currency.
std::optional<base::money> typed_amount(std::string_view text, std::string_view currency);

}  // namespace keepline::portal
