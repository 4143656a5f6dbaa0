// See number.hpp.
#include "domain/number/number.hpp"

namespace keepline::base {

template void encode(std::string&, const domain::number_command&, form);
template void encode(std::string&, const domain::number_event&, form);
template result<domain::number_command> decode(const boost::json::value&, form, std::string_view);
template result<domain::number_event> decode(const boost::json::value&, form, std::string_view);

}  // namespace keepline::base
