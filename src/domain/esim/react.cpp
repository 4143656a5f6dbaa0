// Which effects a profile's events call for: its line is told, the operator that ordered it is told
// (ES2+.HandleDownloadProgressInfo), its keys go to the HLR, an SM-DS holds its event.
#include "base/one_of.hpp"
#include "domain/esim/esim.hpp"
#include "domain/number/number.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

struct esim_reaction {
    const esim_state& s;
    std::vector<effect> out{};

    report_progress progress(progress_point point, instant at, const base::eid& eid) const {
        report_progress e;
        e.requester = s.requester;
        e.iccid = s.iccid;
        e.eid = eid;
        e.profile_type = s.type;
        e.point = point;
        e.at = at;
        return e;
    }
    void tell_operator(report_progress e) {
        if (!e.requester.empty()) out.push_back(std::move(e));
    }
    /// The codes are of SGP.22 §5.2.6.
    void tell_failure(progress_point point, instant at, const base::eid& eid, std::string subject, std::string reason,
                      std::string words) {
        auto e = progress(point, at, eid);
        e.succeeded = false;
        e.subject_code = std::move(subject);
        e.reason_code = std::move(reason);
        e.message = std::move(words);
        tell_operator(std::move(e));
    }
    void tell(const base::msisdn& number, profile_state state, const base::eid& eid,
              std::optional<std::uint32_t> sequence, proof shown) {
        if (!number.empty()) out.push_back(tell_line{number, s.iccid, state, eid, sequence, std::move(shown)});
    }
    void send_keys() {
        if (s.keys_here) out.push_back(hlr_keys{s.iccid, s.imsi});
    }

    void operator()(const esim_confirmed&) {
        if (!s.number.empty())
            out.push_back(
                attach_esim{s.number, s.generation, s.iccid, s.imsi, s.terms.eid, s.type, s.terms.matching_id});
    }
    void operator()(const esim_released&) { send_keys(); }
    void operator()(const esim_reset&) { send_keys(); }
    void operator()(const esim_cancelled& e) {
        tell(e.number, e.delivered ? profile_state::downloaded : profile_state::cancelled, e.eid, {},
             {proof_kind::report, {}, e.at});
    }
    void operator()(const download_begun& e) { tell_operator(progress(progress_point::eligibility, e.at, e.eid)); }
    void operator()(const code_refused& e) {
        const auto* t = s.transaction(e.transaction);
        tell_failure(progress_point::confirmation, e.at, t == nullptr ? base::eid() : t->eid, "8.2.7",
                     e.missing ? "2.2"
                     : e.last  ? "6.4"
                               : "3.8",
                     e.missing ? "The confirmation code is missing."
                     : e.last  ? "The confirmation code was wrong too often."
                               : "The confirmation code is wrong.");
    }
    void operator()(const package_delivered& e) {
        tell_operator(progress(progress_point::download, e.at, e.eid));
        tell(s.number, profile_state::downloaded, e.eid, {}, {proof_kind::report, {}, e.at});
    }
    void operator()(const esim_installed& e) {
        if (!e.counts) return;
        auto news = progress(progress_point::installation, e.shown.at, e.eid);
        news.result_data = e.received;
        tell_operator(std::move(news));
        tell(s.number, profile_state::installed, e.eid, e.sequence, e.shown);
    }
    void operator()(const install_failed& e) {
        if (!e.counts) return;
        auto news = progress(progress_point::installation, e.shown.at, e.eid);
        news.succeeded = false;
        news.message = e.words;
        news.result_data = e.received;
        tell_operator(std::move(news));
    }
    void operator()(const device_notified& e) {
        if (e.late || e.of_other || s.foreign) return;
        auto news = progress(progress_point::enabled, e.shown.at, e.eid);
        news.requester = e.requester;
        news.result_data = e.received;
        auto state = profile_state::enabled;
        switch (e.what) {
            case profile_event::install:
                news.point = progress_point::installation;
                state = profile_state::installed;
                break;
            case profile_event::enable: break;
            case profile_event::disable:
                news.point = progress_point::disabled;
                state = profile_state::disabled;
                break;
            case profile_event::deletion:
                news.point = progress_point::deleted;
                state = profile_state::deleted;
                break;
        }
        tell_operator(std::move(news));
        tell(e.number, state, e.eid, e.sequence, e.shown);
    }
    void operator()(const session_cancelled& e) {
        const auto* t = s.transaction(e.transaction);
        if (e.forgiven && t != nullptr && t->code_refused) return;  // it heard of the code, and the order is open
        if (e.forgiven && e.refused.empty())
            return tell_failure(progress_point::confirmation, e.at, e.eid, "8.2.7", "2.2",
                                "The device cancelled before a confirmation code came; the order is open.");
        const auto slash = std::min(e.refused.find('/'), e.refused.size());
        tell_failure(progress_point::download, e.at, e.eid, e.refused.substr(0, slash),
                     e.refused.substr(std::min(slash + 1, e.refused.size())),
                     "The device cancelled the session, reason " + std::to_string(e.reason) +
                         (e.forgiven ? ", after a refusal; the order is open." : "."));
    }
    void operator()(const order_failed& e) {
        if (e.why == order_failure::expired)
            tell_failure(progress_point::eligibility, e.at, e.eid, "8.8.5", "4.10", e.words);
        if (e.why == order_failure::downloads_spent)
            tell_failure(progress_point::eligibility, e.at, e.eid, "8.8.5", "6.4", e.words);
    }
    void operator()(const event_wanted& e) { out.push_back(register_event{e.record}); }
    void operator()(const event_unwanted& e) { out.push_back(delete_event{e.record}); }
    /// Nothing is to be done outside.
    template <typename Event>
        requires base::one_of<Event, esim_provided, esim_ordered, esim_rebound, notification_kept, event_answered,
                              second_wanted, second_given, second_refused, second_expired>
    void operator()(const Event&) {}
};

}  // namespace

bool keys_still_wanted(const esim_state& order, const number_state* line) {
    if (!order.is_ordered()) return false;
    if (line == nullptr) return true;
    if (!line->subscription || line->subscription->generation != order.generation ||
        line->subscription->status == line_status::ended)
        return false;
    const auto known = std::ranges::find(line->profiles, order.iccid, &profile::iccid);
    if (known == line->profiles.end()) return true;  // it has not heard of it yet
    return known->state != profile_state::deleted && known->state != profile_state::written_off &&
           known->state != profile_state::cancelled;
}

bool still_wanted(const esim_state& order, const register_event& what) {
    return order.announced && order.announced->record == what.record;
}
bool still_wanted(const esim_state& order, const delete_event& what) {
    return !order.announced || order.announced->record != what.record;
}

std::vector<effect> esim::react(const state& after, const event& what) {
    esim_reaction r{after};
    std::visit([&](const auto& e) { r(e); }, what);
    return std::move(r.out);
}

}  // namespace keepline::domain
