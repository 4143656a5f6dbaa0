// What people and spreadsheets make of one cell, undone where nothing can be lost by it and named where something was:
// invisible marks, full-width digits, a date in another writing; digits that Excel has rounded. Pure.
#pragma once

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace keepline::app {

using base::result;

/// Code code::invalid about one column: "Column `x` words".
base::error column_mistake(std::string_view column, std::string_view words);

/// Without what cannot be seen at both ends: spaces of any width, marks of direction, byte order marks.
std::string_view without_margins(std::string_view text);

/// A telephone number as +8613800138000: spaces, brackets and hyphens between digits, full-width digits, an apostrophe
/// before it (Excel's text mark) and a leading 00 are taken; a number without country code is refused.
result<std::string> number_cell(std::string_view column, std::string_view text);

/// An ICCID, IMSI or EID: digits, and none of them rounded away. Whether zeros in front are missing, the policy says.
result<std::string> identifier_cell(std::string_view column, std::string_view text);

/// Any cell whose digits matter but whose form is not ours to know (a document's number, an account).
result<std::string> plain_cell(std::string_view column, std::string_view text);

/// A date as 2027-02-27, or an RFC 3339 time. Taken: 2027/2/27, 27.2.2027, 2027年2月27日, and a time of 00:00:00 behind
/// any of them. Refused: what can be read in two ways (2/3/2027), a time without zone, Excel's count of days.
result<std::string> date_cell(std::string_view column, std::string_view text);

}  // namespace keepline::app
