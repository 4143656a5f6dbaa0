#include "desk/first_code.hpp"

#include "desk/activation_code.hpp"
#include "domain/number/number.hpp"

namespace keepline::desk {

base::result<std::optional<port::sent_code>> first_code(const stream_reading& read, const std::string& address,
                                                        const base::msisdn& number, const base::iccid& iccid,
                                                        const base::label& contact) {
    using none = std::optional<port::sent_code>;
    TRY(line, read({port::stream_kind::number, number.text()}));
    const auto& s = line->number();
    if (!domain::may_send_code(s, iccid, contact)) return none();
    const auto order = read({port::stream_kind::esim, iccid.text()});
    if (!order && order.error().what == base::code::not_found) return none();
    if (!order) return std::unexpected(order.error());
    const auto& waits = (*order)->esim();
    const bool same = waits.number == number && waits.generation == s.subscription->generation &&
                      waits.terms.matching_id == s.profiles.front().matching_id;
    const bool open = waits.status == domain::esim_status::confirmed || waits.status == domain::esim_status::released;
    if (!same || !open) return none();
    const bool confirmation = !waits.terms.confirmation.empty();
    return port::sent_code{activation_code{address, waits.terms.matching_id, {}, confirmation}.text(), confirmation};
}

}  // namespace keepline::desk
