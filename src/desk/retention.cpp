// What is kept of people, why, how long, and what waits to go: the report for whoever answers for it. What goes by
// itself is the domain's to decide (domain/subscriber/retention.hpp) and the eraser's to carry out (desk/erasure.hpp).
#include "desk/taking.hpp"
#include "engine/codec.hpp"

#include <algorithm>
#include <array>

namespace keepline::desk {

namespace {

constexpr std::size_t planned_shown = 100;

struct described_class {
    const char* name;
    const char* what;
    const char* since;
    const char* goes;
    bool by_itself;
};

/// docs/privacy.md says the same for people.
constexpr std::array classes_of_data{
    described_class{"identity_after_end",
                    "name, document, account for refunds, addresses, documents handed in, what was said in disputes "
                    "and by SMS, notes of the staff",
                    "the end of the person's last line",
                    "the person's key is destroyed: what is sealed with it, in the store and in its copies, is noise",
                    true},
    described_class{"usage_detail", "records that the customer could take along: contacts, messages, calls",
                    "the end of the line", "its rows are deleted from the vault", true},
    described_class{"messages", "messages in a spool or Maildir folder, where there is no SMSC or mail server",
                    "the sending", "the file is deleted; what was sent, when and to whom stays in the journal", true},
    described_class{"billing",
                    "payment files with names and accounts; amounts and references in the journal, under an id that "
                    "names nobody",
                    "the payment order",
                    "a payment file is deleted when nothing in it is open any more; the journal is never cut", true},
    described_class{"case_file", "decisions, their reasons and proofs by digest, in the journal, under the same id",
                    "the decision", "the journal is never cut; after the erasure nothing in it names the person",
                    false},
    described_class{"security_log", "who of the staff did and read what, in the journal; the server's log", "the act",
                    "the log is the operator's to rotate; the journal is never cut", false},
    described_class{"biometric_template", "nothing: none is ever taken", "-", "there is nothing to delete", true},
    described_class{"backup", "copies of store and keys", "the backup",
                    "the operator deletes them; the keys' first (docs/operating.md)", false},
};

std::int64_t of_stage(const port::store_counts& counts, std::string_view stage) {
    const auto found =
        std::ranges::find_if(counts.closures_by_stage, [&](const auto& one) { return one.first == stage; });
    return found == counts.closures_by_stage.end() ? 0 : found->second;
}

result<std::vector<planned_erasure>> planned_in(const asked& c) {
    port::stream_filter which;
    which.kind = port::stream_kind::subscriber;
    which.stage = engine::stage_of_erasure;
    TRY(listed, c.core_of().list(which, {}, planned_shown));
    std::vector<planned_erasure> out;
    for (const auto& one : listed.streams) {
        TRY(view, c.core_of().read(one.key));
        const auto& s = view->subscriber();
        if (s.planned)
            out.push_back({s.id, s.planned->at, s.planned->look_at, s.planned->outlived, s.planned->against});
    }
    return out;
}

result<retention_view> report(const asked& c) {
    retention_view out;
    const auto rules = c.core_of().rules();
    for (const auto& one : classes_of_data) {
        kept_class shown{one.name, one.what, one.since, one.goes, one.by_itself, {}};
        for (const auto& [id, policy] : rules->policies.all())
            if (const auto days = policy.retention_days.find(one.name); days != policy.retention_days.end())
                shown.days.push_back({id, days->second});
        if (const auto& gone = c.at->with.files_gone_of) shown.gone = gone(one.name);
        out.classes.push_back(std::move(shown));
    }
    TRY(counts, c.core_of().counts());
    out.kept_after_end = of_stage(counts, engine::stage_of_kept_person);
    out.erasures_planned = of_stage(counts, engine::stage_of_erasure);
    out.erased = of_stage(counts, engine::stage_of_erased);
    TRY(planned, planned_in(c));
    out.planned = std::move(planned);
    if (const auto& made = c.at->with.backup_made) out.backup_at = made();
    return out;
}

}  // namespace

void desk::retention_report(request by, reply<retention_view> then) {
    take_aside(shared_, use::retention_report, std::move(by), std::move(then), report);
}

}  // namespace keepline::desk
