#include "rsp/steps.hpp"

#include "base/ensure.hpp"

namespace keepline::rsp {

base::bytes signature_element(const signature& what) {
    der::writer out(67);
    out.octets(0x5f37, what);
    return std::move(out).take();
}

bool names_session(const session& ongoing, std::string_view transaction) {
    const auto id = transaction_from_text(transaction);
    return id && *id == ongoing.id;
}

public_key euicc_key_of(const session& ongoing) {
    auto key = public_key::from_point(ongoing.euicc_curve, ongoing.euicc_key);
    ENSURE(key.has_value());  // it was on the curve when it was stored
    return std::move(*key);
}

const certificate_set* set_of(const provider& own, const session& ongoing) { return own.set(ongoing.set); }

}  // namespace keepline::rsp
