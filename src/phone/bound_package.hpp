// A Bound Profile Package on its way into the eUICC (SGP.22 v2.5 §2.5.4, §5.5): the bytes come in pieces, as STORE DATA
// brings them; keys are agreed, each segment's MAC and length are checked and its data deciphered. Pure: no I/O, no
// clock; one thread.
#pragma once

#include "phone/crypto.hpp"

#include <optional>
#include <string>

namespace keepline::phone {

/// bppCommandId and errorReason of ErrorResult (SGP.22 v2.5 Annex H).
enum class bpp_command {
    initialise_secure_channel = 0,
    configure_isdp,
    store_metadata,
    store_metadata_2,
    replace_session_keys,
    load_profile_elements
};
enum class bpp_error {
    incorrect_input_values = 1,
    invalid_signature,
    invalid_transaction_id,
    unsupported_crt_values,
    unsupported_remote_operation_type,
    unsupported_profile_class,
    scp03t_structure_error,
    scp03t_security_error,
    iccid_already_exists,
    insufficient_memory,
    interruption,
    pe_processing_error,
    data_mismatch,
    invalid_naa_key,
    ppr_not_allowed,
    unknown = 127
};
struct bpp_failure {
    bpp_command at{};
    bpp_error reason{};
    std::string words;  // for the person who watches
};

/// SCP03t of SGP.22 §2.6.4: S-ENC, S-MAC, the MAC chaining value and the counter of segments.
class secure_channel {
 public:
    secure_channel(const block& chaining, const block& encryption, const block& mac)
        : chaining_(chaining), encryption_(encryption), mac_(mac) {}
    /// From the agreed secret: SharedInfo is 88‖10‖LV(hostId)‖LV(EID).
    static secure_channel derive(byte_view shared_secret, byte_view host_id, byte_view eid);

    /// Takes one 86, 87 or 88 TLV; gives its plain data. `enciphered`: 86 and 87.
    std::expected<bytes, bpp_error> open(const tlv& segment, bool enciphered);

 private:
    block chaining_{};
    block encryption_{};
    block mac_{};
    std::uint64_t counter_ = 1;
};

/// What the session knows before the package comes.
struct package_expectation {
    bytes transaction_id;
    bytes eid;        // 16 bytes
    ec_key one_time;  // otSK.EUICC
    ec_key smdp;      // public key of CERT.DPpb
};

/// What the package contained once it is complete.
struct package_content {
    bytes configure_isdp;    // BF24
    bytes store_metadata;    // BF25
    bytes profile_elements;  // the unprotected profile package
    bool replaced_keys = false;
    std::size_t segments = 0;
    std::size_t longest_segment = 0;
};

class bound_package {
 public:
    explicit bound_package(package_expectation what) : expected_(std::move(what)) {}

    /// More bytes. A failure ends the package.
    std::expected<void, bpp_failure> feed(byte_view more);
    bool complete() const { return phase_ == phase::complete; }
    /// StoreMetadata as soon as it has arrived (for the checks that come before the profile elements).
    const package_content& content() const { return content_; }

 private:
    enum class phase {
        head,
        secure_channel,
        first_87,
        head_88,
        segments_88,
        second_87_or_head_86,
        segments_86,
        complete
    };
    using outcome = std::expected<bool, bpp_failure>;  // false: more bytes are needed

    outcome step();
    outcome on_head();
    outcome on_secure_channel();
    outcome on_first_87();
    outcome on_sequence_head(std::uint32_t tag, phase next);
    outcome on_segments(std::uint32_t tag, bytes& into, phase next);
    outcome on_second_87();
    std::expected<void, bpp_failure> initialise(byte_view value);
    std::expected<void, bpp_failure> replace_keys(byte_view plain);
    std::unexpected<bpp_failure> fail(bpp_error reason, std::string words) const;
    bpp_command command() const;
    /// The next whole element, when it has arrived.
    std::expected<std::optional<tlv>, bpp_failure> whole(std::size_t limit) const;
    void consume(std::size_t count);

    package_expectation expected_;
    package_content content_;
    std::optional<secure_channel> channel_;
    bytes buffer_;
    phase phase_ = phase::head;
    std::size_t left_in_package_ = 0;   // of BF36
    std::size_t left_in_sequence_ = 0;  // of A1 or A3
};

}  // namespace keepline::phone
