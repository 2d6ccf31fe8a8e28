namespace NetWhy.Tools.OpenSsl;

/// <summary>How names and certificates are printed: the words of <c>-nameopt</c> and <c>-certopt</c>.</summary>
/// <remarks>Source: openssl-namedisplay-options(1), x509 -certopt in openssl-x509(1); numbers of openssl/x509.h and openssl/asn1.h.</remarks>
internal static class OpenSslFlags
{
    /// <summary>The way that names are printed if nothing else is asked for: XN_FLAG_ONELINE.</summary>
    internal const uint OneLine = 0x8_2031f;

    private const uint Compatible = 0;
    private const uint Everything = 0xffff_ffff;
    private const uint SeparatorMask = 0xf << 16;
    private const uint SeparatorCommaSpace = 2 << 16;
    private const uint SeparatorMultiline = 4 << 16;
    private const uint FieldMask = 3 << 21;
    private const uint UnknownMask = 0xf << 16;

    private static readonly (string Word, uint Flag, uint Mask)[] NameWords =
    [
        ("esc_2253", 1, 0),
        ("esc_2254", 0x400, 0),
        ("esc_ctrl", 2, 0),
        ("esc_msb", 4, 0),
        ("use_quote", 8, 0),
        ("utf8", 0x10, 0),
        ("ignore_type", 0x20, 0),
        ("show_type", 0x40, 0),
        ("dump_all", 0x80, 0),
        ("dump_nostr", 0x100, 0),
        ("dump_der", 0x200, 0),
        ("compat", Compatible, Everything),
        ("sep_comma_plus", 1 << 16, SeparatorMask),
        ("sep_comma_plus_space", SeparatorCommaSpace, SeparatorMask),
        ("sep_semi_plus_space", 3 << 16, SeparatorMask),
        ("sep_multiline", SeparatorMultiline, SeparatorMask),
        ("dn_rev", 1 << 20, 0),
        ("nofname", 3 << 21, FieldMask),
        ("sname", 0, FieldMask),
        ("lname", 1 << 21, FieldMask),
        ("align", 1 << 25, 0),
        ("oid", 2 << 21, FieldMask),
        ("space_eq", 1 << 23, 0),
        ("dump_unknown", 1 << 24, 0),
        ("RFC2253", 0x111_0317, Everything),
        ("oneline", OneLine, Everything),
        ("multiline", 0x2a4_0006, Everything),
        ("ca_default", 0x2a4_0006, Everything),
    ];

    private static readonly (string Word, uint Flag, uint Mask)[] CertificateWords =
    [
        ("compatible", 0, Everything),
        ("ca_default", 0x93, Everything), // no header, version, issuer and key
        ("no_header", 1, 0),
        ("no_version", 2, 0),
        ("no_serial", 4, 0),
        ("no_signame", 8, 0),
        ("no_issuer", 0x10, 0),
        ("no_validity", 0x20, 0),
        ("no_subject", 0x40, 0),
        ("no_pubkey", 0x80, 0),
        ("no_extensions", 0x100, 0),
        ("no_sigdump", 0x200, 0),
        ("no_aux", 0x400, 0),
        ("no_attributes", 0x800, 0),
        ("ext_default", 0, UnknownMask),
        ("ext_error", 1 << 16, UnknownMask),
        ("ext_parse", 2 << 16, UnknownMask),
        ("ext_dump", 3 << 16, UnknownMask),
    ];

    /// <summary>Whether names are printed an attribute a line.</summary>
    /// <param name="flags">How they are printed.</param>
    internal static bool IsMultiline(uint flags) => (flags & SeparatorMask) == SeparatorMultiline;

    /// <summary>Adds a list of words to how names are printed.</summary>
    /// <param name="flags">The flags so far.</param>
    /// <param name="words">Words with commas between, each with a minus in front to take it back.</param>
    /// <returns>Whether all are known.</returns>
    internal static bool TryAddName(ref uint flags, string words)
    {
        if (!TryAdd(ref flags, words, NameWords))
            return false;
        if (flags != Compatible && (flags & SeparatorMask) == 0)
            flags |= SeparatorCommaSpace;
        return true;
    }

    /// <summary>Adds a list of words to what of a certificate is printed.</summary>
    /// <param name="flags">The flags so far.</param>
    /// <param name="words">As for names.</param>
    /// <returns>Whether all are known.</returns>
    internal static bool TryAddCertificate(ref uint flags, string words) => TryAdd(ref flags, words, CertificateWords);

    private static bool TryAdd(ref uint flags, string words, (string Word, uint Flag, uint Mask)[] known)
    {
        foreach (string word in words.Split(','))
        {
            string name = word.Trim();
            bool isSet = !name.StartsWith('-');
            name = name.TrimStart('-', '+');
            (string Word, uint Flag, uint Mask) found = Array.Find(known, one => one.Word.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (found.Word is null)
                return false;
            flags = isSet ? (flags & ~found.Mask) | found.Flag : flags & ~found.Flag;
        }

        return true;
    }
}
