#include "app/refund_gate.hpp"

#include "port/noted_number.hpp"

#include <charconv>

namespace keepline::app {

namespace {

constexpr std::size_t log_octets_max = 1UL << 30;

class refund_gate final : public port::connector {
 public:
    refund_gate(std::unique_ptr<port::connector> behind, port::notebook& notes)
        : behind_(std::move(behind)), notes_(notes) {}

    base::result<port::delivered> deliver(const port::outbound& what) override {
        TRY(held_until, port::noted_number(notes_, held_refunds_note));
        if (what.caused_at.ms <= held_until)
            return base::refuse(
                base::code::peer_refused,
                "The store was restored from a backup that was made after this refund was ordered, so it "
                "may have been paid since. Compare with the bank, then: keepline refunds release, and "
                "keepline effects retry.");
        return behind_->deliver(what);
    }
    std::string trouble() const override {
        const auto held_until = port::noted_number(notes_, held_refunds_note);
        if (!held_until) return "refunds wait, because the notebook cannot be read: " + held_until.error().words;
        if (*held_until != 0)
            return "refunds from before a restore wait: compare with the bank, then `keepline refunds release`";
        return behind_->trouble();
    }

 private:
    std::unique_ptr<port::connector> behind_;
    port::notebook& notes_;
};

}  // namespace

std::unique_ptr<port::connector> make_refund_gate(std::unique_ptr<port::connector> behind, port::notebook& notes) {
    return std::make_unique<refund_gate>(std::move(behind), notes);
}

base::result<link::refund_mark> refund_mark_of(const std::optional<std::string>& text) {
    link::refund_mark out;
    if (!text || text->empty()) return out;
    const auto* end = text->data() + text->size();
    const auto [stopped, failure] = std::from_chars(text->data(), end, out.octets);
    if (failure != std::errc{} || (stopped != end && *stopped != ' '))
        return base::refuse(base::code::internal, "The note " + std::string(refund_log_note) + " is none of ours.");
    if (stopped != end) out.chain.assign(stopped + 1, end);
    return out;
}

base::result<void> check_refund_log(const std::string& folder, port::notebook& notes) {
    TRY(note, notes.read(refund_log_note));
    TRY(known, refund_mark_of(note));
    const auto file = folder + "/written.log";
    const auto text = link::read_plain_file(file, log_octets_max);
    if (!text && text.error().what != base::code::not_found)
        return base::refuse(base::code::config_invalid, text.error().words);
    TRY(read, link::read_refund_log(text.value_or(""), known));
    if (read.has_known) return {};
    return base::refuse(
        base::code::config_invalid,
        "The log of refunds, " + file + ", is missing, or " +
            (read.mark.octets < known.octets ? "shorter than" : "not the one that") +
            " this store knows. Without it a refund could be paid twice: put back the file; or, where it is lost, keep "
            "what is left of it under another name and run `keepline restore --in-place`: refunds ordered until then "
            "wait until you compared with the bank.");
}

base::result<void> note_refund_mark(const link::refund_mark& now, port::notebook& notes) {
    TRY(note, notes.read(refund_log_note));
    TRY(known, refund_mark_of(note));
    if (now == known) return {};
    return notes.write(
        {{std::string(refund_log_note), now.octets == 0 ? "" : std::to_string(now.octets) + " " + now.chain}});
}

}  // namespace keepline::app
