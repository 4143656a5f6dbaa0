#include "link/smds_connector.hpp"

#include "base/ensure.hpp"
#include "link/peer_health.hpp"

#include <algorithm>
#include <set>
#include <variant>

namespace keepline::link {

namespace {

using base::code;
using base::refuse;
using domain::registration;

constexpr std::string_view register_path = "/gsma/rsp2/es12/registerEvent";
constexpr std::string_view delete_path = "/gsma/rsp2/es12/deleteEvent";
constexpr std::string_view already_there = "8.9.5/3.3";
constexpr std::string_view not_there = "8.9.5/3.9";

std::string whose(const smds_endpoint& to) { return "The SM-DS '" + to.address + "' "; }

std::string body_for(const domain::event_record& record, const smds_endpoint& to, const std::string& call_id) {
    auto out = rsp_request_head(to.at, call_id);
    add_member(out, "eid", record.eid.text());
    add_member(out, "eventId", record.event_id);
    return out;
}

class smds_connector final : public port::connector {
 public:
    explicit smds_connector(smds_settings how) : how_(std::move(how)), caller_(how_.calls) {}

    result<port::delivered> deliver(const port::outbound& what) override {
        if (const auto* wanted = std::get_if<domain::register_event>(&what.what))
            return register_at(find(wanted->record), wanted->record, what);
        const auto* ended = std::get_if<domain::delete_event>(&what.what);
        ENSURE(ended != nullptr);
        return delete_at(find(ended->record), ended->record, what);
    }
    std::string trouble() const override { return health_.trouble(); }

 private:
    /// Null: it is not configured here.
    const smds_endpoint* find(const domain::event_record& record) const {
        const auto found = std::ranges::find(how_.endpoints, record.smds, &smds_endpoint::address);
        return found == how_.endpoints.end() ? nullptr : &*found;
    }

    result<port::delivered> register_at(const smds_endpoint* to, const domain::event_record& record,
                                        const port::outbound& what) {
        const auto answered = [&](registration status, std::string refusal) {
            return port::delivered{domain::esim_command(domain::smds_answered{record, status, std::move(refusal)}), {}};
        };
        if (to == nullptr) return answered(registration::unknown, {});
        auto body = body_for(record, *to, what.key);
        add_member(body, "rspServerAddress", how_.smdp_address);
        body += to->root ? R"(,"forwardingIndicator":false})" : R"(,"forwardingIndicator":true})";
        TRY(failed, call(*to, register_path, body, what.correlation));
        if (failed.empty() || failed == already_there) return answered(registration::registered, {});
        return answered(registration::refused, std::move(failed));
    }

    result<port::delivered> delete_at(const smds_endpoint* to, const domain::event_record& record,
                                      const port::outbound& what) {
        if (to == nullptr) return port::delivered{};  // nothing was ever registered there
        TRY(failed, call(*to, delete_path, body_for(record, *to, what.key) + "}", what.correlation));
        if (failed.empty() || failed == not_there) return port::delivered{};
        return refuse(code::peer_refused, whose(*to) + "refused to delete an event with status " + failed + ".");
    }

    result<std::string> call(const smds_endpoint& to, std::string_view path, const std::string& body,
                             const std::string& correlation) {
        auto outcome = caller_.call(to.at, whose(to), path, body, correlation);
        if (!outcome) outcome.error().what = failure_of_one(outcome.error().what, how_.endpoints.size());
        health_.note(outcome);
        return outcome;
    }

    const smds_settings how_;
    rsp_caller caller_;
    peer_health health_;
};

}  // namespace

result<std::unique_ptr<port::connector>> make_smds_connector(smds_settings how) {
    std::set<std::string> seen;
    for (const auto& one : how.endpoints) {
        if (one.address.empty()) return refuse(code::config_invalid, "Every SM-DS needs an address.");
        if (const auto fault = fault_in(one.at)) return refuse(code::config_invalid, whose(one) + *fault);
        if (!seen.insert(one.address).second) return refuse(code::config_invalid, whose(one) + "is there twice.");
    }
    if (!how.endpoints.empty() && how.smdp_address.empty())
        return refuse(code::config_invalid, "An SM-DS can only send phones to an SM-DP+ that has an address.");
    return std::make_unique<smds_connector>(std::move(how));
}

}  // namespace keepline::link
