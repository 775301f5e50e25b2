// libelf reads the headers; what they point at is looked up in the bytes here, every offset checked.
#include "support/elf.hpp"

#include <fmt/format.h>
#include <gelf.h>
#include <libelf.h>

#include <memory>

namespace rockbuild {

namespace {

struct EndElf {
    void operator()(Elf* elf) const { elf_end(elf); }
};

/// A text in the file that ends with a zero byte; none if it doesn't lie within.
std::optional<std::string> text_at(std::string_view bytes, std::uint64_t offset) {
    if (offset >= bytes.size()) return std::nullopt;
    const auto rest = bytes.substr(offset);
    const auto end = rest.find('\0');
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(rest.substr(0, end));
}

std::vector<std::string> split(const std::string& folders) {
    std::vector<std::string> all;
    for (std::size_t begin = 0; begin <= folders.size();) {
        const auto end = std::min(folders.find(':', begin), folders.size());
        if (end > begin) all.push_back(folders.substr(begin, end - begin));
        begin = end + 1;
    }
    return all;
}

class ElfReader {
public:
    ElfReader(Elf* elf, std::string_view bytes) : elf_(elf), bytes_(bytes) {}

    std::optional<ElfFile> read() {
        GElf_Ehdr header;
        if (gelf_getehdr(elf_, &header) == nullptr || (header.e_type != ET_EXEC && header.e_type != ET_DYN))
            return std::nullopt;
        file_.machine = header.e_machine;
        // As the header promises and the kernel demands: a table that the file cuts off is no program's.
        std::size_t count = 0;
        if (header.e_phentsize != gelf_fsize(elf_, ELF_T_PHDR, 1, EV_CURRENT) || elf_getphdrnum(elf_, &count) != 0 ||
            count != header.e_phnum)
            return std::nullopt;
        segments_.resize(count);
        for (std::size_t i = 0; i < count; ++i)
            if (gelf_getphdr(elf_, static_cast<int>(i), &segments_[i]) == nullptr) return std::nullopt;
        for (const auto& segment : segments_) {
            if (segment.p_type == PT_INTERP) {
                auto interpreter = text_at(bytes_, segment.p_offset);
                if (!interpreter) return std::nullopt;
                file_.interpreter = *std::move(interpreter);
            } else if (segment.p_type == PT_DYNAMIC && segment.p_filesz > 0 && !read_dynamic(segment)) {
                return std::nullopt;
            }
        }
        return std::move(file_);
    }

private:
    std::optional<std::uint64_t> offset_of(std::uint64_t address) const {
        for (const auto& segment : segments_)
            if (segment.p_type == PT_LOAD && address >= segment.p_vaddr && address - segment.p_vaddr < segment.p_filesz)
                return segment.p_offset + (address - segment.p_vaddr);
        return std::nullopt;
    }

    bool read_dynamic(const GElf_Phdr& segment) {
        auto* data =
            elf_getdata_rawchunk(elf_, static_cast<std::int64_t>(segment.p_offset), segment.p_filesz, ELF_T_DYN);
        if (data == nullptr) return false;
        std::optional<std::uint64_t> texts;
        std::vector<GElf_Dyn> wanted;
        GElf_Dyn item;
        for (int i = 0; gelf_getdyn(data, i, &item) != nullptr && item.d_tag != DT_NULL; ++i) {
            if (item.d_tag == DT_STRTAB) texts = offset_of(item.d_un.d_ptr);
            else if (item.d_tag == DT_NEEDED || item.d_tag == DT_RUNPATH || item.d_tag == DT_RPATH)
                wanted.push_back(item);
        }
        std::vector<std::string> inherited;
        for (const auto& entry : wanted) {
            if (!texts || entry.d_un.d_val > bytes_.size()) return false;
            const auto text = text_at(bytes_, *texts + entry.d_un.d_val);
            if (!text) return false;
            if (entry.d_tag == DT_NEEDED) file_.needed.push_back(*text);
            else (entry.d_tag == DT_RUNPATH ? file_.search : inherited) = split(*text);
        }
        if (file_.search.empty()) {
            file_.search = std::move(inherited);
            file_.search_is_inherited = !file_.search.empty();
        }
        return true;
    }

    Elf* elf_;
    std::string_view bytes_;
    std::vector<GElf_Phdr> segments_;
    ElfFile file_;
};

}  // namespace

std::optional<ElfFile> read_elf(std::string_view bytes) {
    elf_version(EV_CURRENT);
    // libelf takes a pointer to bytes that it might change; opened like this it only reads them.
    const std::unique_ptr<Elf, EndElf> elf(elf_memory(const_cast<char*>(bytes.data()), bytes.size()));
    if (!elf || elf_kind(elf.get()) != ELF_K_ELF) return std::nullopt;
    return ElfReader(elf.get(), bytes).read();
}

std::string static_program_fault(std::string_view bytes, std::uint16_t machine) {
    if (bytes.starts_with("#!")) return "it is a script";
    const auto program = read_elf(bytes);
    if (!program) return "it is no ELF program";
    if (program->machine != machine)
        return fmt::format("it is for another machine (ELF machine {}, wanted {})", program->machine, machine);
    if (!program->interpreter.empty()) return "it is dynamically linked, and would not start in a bare rock";
    return {};
}

}  // namespace rockbuild
