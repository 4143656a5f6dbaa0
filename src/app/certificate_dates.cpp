#include "app/certificate_dates.hpp"

#include "app/files.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

namespace keepline::app {

namespace {

constexpr std::size_t certificate_file_max = 256UL * 1024;

template <auto Free>
struct freed {
    template <typename T>
    void operator()(T* what) const {
        Free(what);
    }
};
using bio_ptr = std::unique_ptr<BIO, freed<BIO_free>>;
using x509_ptr = std::unique_ptr<X509, freed<X509_free>>;

std::optional<base::instant> end_of(const X509& certificate) {
    std::tm at{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &at) != 1) return std::nullopt;
    constexpr std::int64_t per_second = 1000;
    return base::instant{static_cast<std::int64_t>(::timegm(&at)) * per_second};
}

/// PEM, one or many, or one in DER.
std::optional<base::instant> first_end_in(const std::string& file) {
    std::optional<base::instant> out;
    const auto take = [&](const x509_ptr& one) {
        if (const auto end = end_of(*one); end && (!out || *end < *out)) out = end;
    };
    const bio_ptr from(BIO_new_mem_buf(file.data(), static_cast<int>(file.size())));
    if (!from) return out;
    while (const x509_ptr one{PEM_read_bio_X509(from.get(), nullptr, nullptr, nullptr)}) take(one);
    ERR_clear_error();  // its end is an error to OpenSSL
    if (out) return out;
    const auto* raw = reinterpret_cast<const unsigned char*>(file.data());
    if (const x509_ptr one{d2i_X509(nullptr, &raw, static_cast<long>(file.size()))}) take(one);
    ERR_clear_error();
    return out;
}

}  // namespace

std::vector<http::certificate_expiry> certificate_dates(const config& how) {
    std::vector<http::certificate_expiry> out;
    const auto add = [&](const std::string& file, const char* what) {
        const bool known = std::ranges::find(out, file, &http::certificate_expiry::file) != out.end();
        if (file.empty() || known) return;
        const auto text = read_file(file, certificate_file_max);
        if (!text) return;
        if (const auto end = first_end_in(*text)) out.push_back({file, what, *end});
    };
    add(how.http.tls_cert, "API");
    for (const auto& one : how.es2) {
        add(one.tls_cert, "ES2");
        add(one.client_ca, "ES2 CA");
    }
    for (const auto& one : how.operators) add(one.progress_cert, "ES2 client");
    for (const auto& one : how.smds) add(one.cert, "ES12 client");
    for (const auto& one : how.smdp)
        for (const auto& root : one.more_roots) add(root, "root");
    return out;
}

}  // namespace keepline::app
