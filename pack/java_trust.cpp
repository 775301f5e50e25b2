// OpenSSL 3.0 can write PKCS#12, but not the attribute by which Java knows a certificate there as trusted. JKS is the
// format that every Java reads without it: a header, the entries, and a digest over both with a salt that is part of
// the format.
#include "pack/java_trust.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace rockbuild {

namespace {

constexpr std::uint32_t magic = 0xFEEDFEED;
constexpr std::uint32_t version = 2;
constexpr std::uint32_t trusted_certificate = 2;
constexpr std::string_view password = "changeit";
constexpr std::string_view salt = "Mighty Aphrodite";

struct FreeCertificate {
    void operator()(X509* certificate) const { X509_free(certificate); }
};
struct FreeBio {
    void operator()(BIO* bio) const { BIO_free(bio); }
};

/// Big-endian, `width` bytes.
void put_number(std::string& to, std::uint64_t number, unsigned width) {
    for (unsigned i = width; i > 0; --i) to += static_cast<char>(number >> (8 * (i - 1)) & 0xFF);
}

void put_text(std::string& to, std::string_view text) {
    put_number(to, text.size(), 2);
    to += text;
}

std::vector<std::string> certificates_in(std::string_view pem) {
    const std::unique_ptr<BIO, FreeBio> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::vector<std::string> found;
    while (const std::unique_ptr<X509, FreeCertificate> certificate{
        PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)}) {
        unsigned char* bytes = nullptr;
        const int size = i2d_X509(certificate.get(), &bytes);
        if (size > 0) found.emplace_back(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
        OPENSSL_free(bytes);
    }
    return found;
}

/// The format's own digest: the password as UTF-16, the salt, the data.
std::string sealed(std::string data) {
    std::string text;
    for (const char c : password) put_number(text, static_cast<unsigned char>(c), 2);
    text += salt;
    text += data;
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest, &size, EVP_sha1(), nullptr);
    return data.append(reinterpret_cast<const char*>(digest), size);
}

}  // namespace

std::string java_trust_store(std::string_view pem) {
    const auto certificates = certificates_in(pem);
    std::string data;
    put_number(data, magic, 4);
    put_number(data, version, 4);
    put_number(data, certificates.size(), 4);
    for (std::size_t i = 0; i < certificates.size(); ++i) {
        put_number(data, trusted_certificate, 4);
        put_text(data, fmt::format("ca-{}", i + 1));
        put_number(data, 0, 8);  // when it was added
        put_text(data, "X.509");
        put_number(data, certificates[i].size(), 4);
        data += certificates[i];
    }
    return sealed(std::move(data));
}

}  // namespace rockbuild
