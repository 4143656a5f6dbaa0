// How events change a profile on the SM-DP+. Old journals must fold for ever.
#include "domain/esim/esim.hpp"

#include <algorithm>

namespace keepline::domain {

namespace {

constexpr std::ptrdiff_t transactions_kept = 8;
constexpr std::ptrdiff_t deliveries_kept = 64;
constexpr std::size_t reports_kept = 8;
constexpr std::size_t sequences_kept = 16;

struct esim_folder {
    esim_state& s;

    void clear_order() const {
        s.requester = {};
        s.call = {};
        s.number = {};
        s.generation = 0;
        s.subscriber = {};
        s.terms = {};
        s.asked_eid = {};
        s.eid = {};
        s.delivered = false;
        s.ordered_at = s.released_at = {};
        s.ordered_by = {};
        start_counting();
    }
    void start_counting() const {
        s.downloads = s.codes = s.excused = 0;
        leave_error();
    }
    /// An operator took the order back and put the profile into stock although its package had left, and a device has
    /// it: it must not be given to anybody else.
    void take_out_of_stock(const base::eid& held_by) const {
        const auto had_it = [&](const download_transaction& t) { return t.delivered && t.eid == held_by; };
        if (s.status == esim_status::available && std::ranges::any_of(s.transactions, had_it))
            s.status = esim_status::unavailable;
    }
    /// What left for it for an order that was taken back did not get there.
    void not_installed_before(const base::eid& eid) const {
        const auto open = [&](const download_transaction& t) {
            return t.eid == eid && t.delivered && t.result != "failed";
        };
        if (std::ranges::none_of(s.transactions, open)) std::erase(s.left_on, eid);
    }
    void leave_error() const {
        s.failed_by.reset();
        s.failure_words.clear();
    }
    void heard(const base::eid& eid, profile_event what, std::uint32_t sequence, const proof& shown) const {
        auto known = std::ranges::find(s.reports, eid, &device_report::eid);
        if (known == s.reports.end()) {
            if (s.reports.size() >= reports_kept) forget_one_report();
            s.reports.push_back({eid, what, sequence, shown.at, shown.digest, {}});
            known = std::prev(s.reports.end());
        } else if (sequence >= known->sequence) {
            *known = {eid, what, sequence, shown.at, shown.digest, std::move(known->seen)};
        }
        if (known->what == profile_event::deletion) std::erase(s.left_on, eid);
        known->seen.push_back(sequence);
        if (known->seen.size() > sequences_kept) known->seen.erase(known->seen.begin());
    }
    void forget_one_report() const {
        const auto oldest = std::ranges::find_if(s.reports, [&](const device_report& one) { return one.eid != s.eid; });
        if (oldest != s.reports.end()) s.reports.erase(oldest);
    }
    /// Of those whose package left, the eUICC has a word to say yet, which its key proves, and a retry is bound as they
    /// were: sessions that came to nothing never push them out.
    void forget_one_transaction(bool delivered, std::ptrdiff_t kept) const {
        if (std::ranges::count(s.transactions, delivered, &download_transaction::delivered) <= kept) return;
        s.transactions.erase(std::ranges::find(s.transactions, delivered, &download_transaction::delivered));
    }
    void finish(const std::string& transaction, const char* how) const {
        const auto found = std::ranges::find(s.transactions, transaction, &download_transaction::id);
        if (found != s.transactions.end()) found->result = how;
    }

    void operator()(const esim_provided& e) const {
        // An eUICC has a profile of this ICCID from elsewhere.
        for (const auto& one : s.reports)
            if (s.foreign && one.what != profile_event::deletion) s.left_on.push_back(one.eid);
        s.iccid = e.iccid;
        s.imsi = e.imsi;
        s.type = e.profile_type;
        s.owner = e.owner;
        s.keys_here = e.keys_here;
        s.package = e.package;
        s.content = e.content;
        s.foreign = false;
        s.provided_at = e.at;
        s.status = esim_status::available;
    }
    void operator()(const esim_ordered& e) const {
        clear_order();
        if (s.left_on.size() != 1 || s.left_on.front() != e.eid) s.left_on.clear();  // two people signed for it
        ++s.orders;
        s.requester = e.requester;
        s.call = e.call;
        s.number = e.number;
        s.generation = e.generation;
        s.subscriber = e.subscriber;
        s.terms.eid = s.eid = s.asked_eid = e.eid;
        s.ordered_at = e.at;
        s.ordered_by = e.by;
        s.last_proof.reset();
        s.cancelled.reset();
        s.status = e.eid.empty() ? esim_status::allocated : esim_status::linked;
    }
    void operator()(const esim_confirmed& e) const {
        s.terms = e.terms;
        s.eid = e.terms.eid;
        s.status = esim_status::confirmed;
    }
    void operator()(const esim_released& e) const {
        s.released_at = e.at;
        s.status = esim_status::released;
    }
    void operator()(const esim_cancelled& e) const {
        // What a device may have is still spoken of, and its line is still to be told.
        const bool forget = e.to_stock || !e.delivered;
        if (forget) clear_order();
        leave_error();
        s.left_on = e.left_on;
        s.cancelled = e.of;
        s.status = e.to_stock ? esim_status::available : esim_status::unavailable;
    }
    void operator()(const esim_reset& e) const {
        start_counting();
        s.left_on.clear();
        s.terms = e.terms;
        s.eid = e.terms.eid;
        s.released_at = e.at;
        s.status = esim_status::released;
    }
    void operator()(const esim_rebound& e) const {
        s.left_on.clear();
        s.terms.eid = s.eid = e.eid;
        if (s.status == esim_status::allocated || s.status == esim_status::linked)
            s.status = e.eid.empty() ? esim_status::allocated : esim_status::linked;
        if (s.status == esim_status::downloaded || s.status == esim_status::installed) s.status = esim_status::released;
    }
    void operator()(const download_begun& e) const {
        ++s.downloads;
        s.transactions.push_back({e.transaction, e.eid, e.euicc_key, s.orders, e.at, false, {}});
        forget_one_transaction(false, transactions_kept);
    }
    void operator()(const code_refused& e) const {
        s.codes = e.wrong;
        const auto found = std::ranges::find(s.transactions, e.transaction, &download_transaction::id);
        if (found != s.transactions.end()) found->code_refused = true;
    }
    void operator()(const package_delivered& e) const {
        s.status = esim_status::downloaded;
        s.eid = e.eid;
        s.delivered = true;
        const auto found = std::ranges::find(s.transactions, e.transaction, &download_transaction::id);
        if (found != s.transactions.end()) found->delivered = true;
        forget_one_transaction(true, deliveries_kept);
    }
    void operator()(const esim_installed& e) const {
        finish(e.transaction, "installed");
        heard(e.eid, profile_event::install, e.sequence, e.shown);
        if (!e.counts) return take_out_of_stock(e.eid);
        s.last_proof = e.shown;
        s.eid = e.eid;
        s.delivered = true;
        on_device();
    }
    void operator()(const install_failed& e) const {
        finish(e.transaction, "failed");
        if (!e.counts) not_installed_before(e.eid);
        if (!e.counts) return;
        if (!e.for_good && s.status == esim_status::downloaded) s.status = esim_status::released;
    }
    void operator()(const device_notified& e) const {
        if (s.iccid.empty()) {
            s.iccid = e.iccid;
            s.foreign = true;
            s.status = esim_status::unavailable;
        }
        heard(e.eid, e.what, e.sequence, e.shown);
        if (e.of_other && !e.late && e.what != profile_event::deletion) take_out_of_stock(e.eid);
        if (e.late || e.of_other || s.foreign) return;
        s.last_proof = e.shown;
        if (e.what == profile_event::deletion)
            deleted();
        else
            on_device();
    }
    void operator()(const notification_kept& e) const {
        if (s.iccid.empty()) {
            s.iccid = e.iccid;
            s.foreign = true;
            s.status = esim_status::unavailable;
        }
        s.kept.push_back(e.shown.digest);
        if (s.kept.size() > reports_kept) s.kept.erase(s.kept.begin());
    }
    void operator()(const session_cancelled& e) const {
        finish(e.transaction, "cancelled");
        s.excused = e.excused;
        const auto found = std::ranges::find(s.transactions, e.transaction, &download_transaction::id);
        if (found == s.transactions.end()) return;
        found->forgiven = e.forgiven;
        found->refused = e.refused;
    }
    void operator()(const order_failed& e) const {
        s.status = esim_status::error;
        s.failed_by = e.why;
        s.failure_words = e.words;
    }
    void operator()(const second_wanted& e) const { fold(s.asked, e); }
    void operator()(const second_given& e) const { fold(s.asked, e); }
    void operator()(const second_refused& e) const { fold(s.asked, e); }
    void operator()(const second_expired& e) const { fold(s.asked, e); }
    void operator()(const event_wanted& e) const { s.announced = announcement{e.record, registration::pending, {}}; }
    void operator()(const event_unwanted&) const { s.announced.reset(); }
    void operator()(const event_answered& e) const {
        if (!s.announced) return;
        s.announced->status = e.status;
        s.announced->refusal = e.refusal;
    }

 private:
    /// A result that was lost, or came after the order had ended in an error, is made up for by any later word.
    void on_device() const {
        if (!s.is_ordered()) return;
        s.status = esim_status::installed;
        leave_error();
    }
    void deleted() const {
        if (!s.is_ordered()) return;
        leave_error();
        switch (s.terms.when_deleted) {
            case after_delete::unavailable: s.status = esim_status::unavailable; return;
            case after_delete::released:
                start_counting();
                s.status = esim_status::released;
                return;
            case after_delete::available:
                clear_order();
                s.status = esim_status::available;
                return;
        }
    }
};

}  // namespace

void esim::evolve(state& s, const event& what) { std::visit(esim_folder{s}, what); }

}  // namespace keepline::domain
