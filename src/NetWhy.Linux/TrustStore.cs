using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using NetWhy.Linux.Interop;
using NetWhy.Wire.Tls;

namespace NetWhy.Linux;

/// <summary>The roots that this machine trusts, and verification of chains against them.</summary>
/// <remarks>
/// OpenSSL's own loader parses every root (10 to 20 ms); here the bundle is only cut into certificates, and the few that
/// a chain can lead to are handed to OpenSSL. Source: X509_STORE_set_default_paths(3ssl), "SSL_CERT_FILE".
/// </remarks>
public sealed unsafe class TrustStore
{
    private const int LargestBundle = 32 * 1024 * 1024; // the roots of a distribution are 0.2 MiB

    private static readonly string[] WellKnownBundles =
    [
        "/etc/ssl/certs/ca-certificates.crt", // Debian, Ubuntu
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem", // SUSE
        "/etc/ssl/cert.pem", // Alpine
    ];

    private readonly ImmutableArray<Root> _roots;
    private readonly string? _directory;

    private TrustStore(string source, ImmutableArray<Root> roots, int count, string? directory, string? problem)
    {
        Source = source;
        _roots = roots;
        Count = count;
        _directory = directory;
        Problem = problem;
    }

    /// <summary>Where trust comes from, such as <c>/etc/ssl/certs/ca-certificates.crt</c> or <c>SSL_CERT_FILE=…</c>.</summary>
    public string Source { get; }

    /// <summary>Roots found there.</summary>
    public int Count { get; }

    /// <summary>What could not be read, in words; null if all could.</summary>
    public string? Problem { get; }

    /// <summary>The file of roots that OpenSSL looks for if it is told of no other; null if libcrypto is missing.</summary>
    public static string? UsualFile => OpenSsl.Unavailable is null ? TlsSession.Text(LibCrypto.X509_get_default_cert_file()) : null;

    /// <summary>The directories of roots that OpenSSL looks into if it is told of no others, with colons between; null if libcrypto is missing.</summary>
    public static string? UsualDirectories => OpenSsl.Unavailable is null ? TlsSession.Text(LibCrypto.X509_get_default_cert_dir()) : null;

    /// <summary>Loads the roots as OpenSSL and programs built on it do.</summary>
    /// <param name="environment">Reads SSL_CERT_FILE and SSL_CERT_DIR.</param>
    /// <param name="extraFile">Bundle that is trusted besides (<c>--cacert</c>); null for none.</param>
    public static TrustStore Load(Func<string, string?> environment, string? extraFile)
    {
        if (OpenSsl.Unavailable is { } reason)
            return new TrustStore("", [], 0, null, reason);

        string? fileVariable = NullIfEmpty(environment("SSL_CERT_FILE"));
        string? directoryVariable = NullIfEmpty(environment("SSL_CERT_DIR"));
        string directory = directoryVariable
            ?? UsualDirectories
            ?? "/etc/ssl/certs";
        string defaultFile = UsualFile ?? "";
        string? file = fileVariable
            ?? (File.Exists(defaultFile) ? defaultFile : WellKnownBundles.FirstOrDefault(File.Exists));

        var sources = new List<string>();
        var problems = new List<string>();
        ImmutableArray<Root>.Builder roots = ImmutableArray.CreateBuilder<Root>();
        if (extraFile is not null)
        {
            sources.Add($"--cacert {extraFile}");
            ReadBundle(extraFile, roots, problems);
        }

        if (file is not null)
        {
            sources.Add(fileVariable is null ? file : $"SSL_CERT_FILE={file}");
            ReadBundle(file, roots, problems);
        }

        int count = roots.Count;
        if (directoryVariable is not null || file is null)
        {
            sources.Add(directoryVariable is null ? directory : $"SSL_CERT_DIR={directory}");
            int hashed = CountHashedFiles(directory, out string? problem);
            count += hashed;
            if (problem is not null && count == 0)
                problems.Add(problem); // beside a good bundle, a missing directory is nothing out of order
        }

        return new TrustStore(
            string.Join(", ", sources),
            roots.ToImmutable(),
            count,
            directory,
            problems.Count == 0 ? null : string.Join("; ", problems));
    }

    /// <summary>Whether a bundle holds at least one certificate.</summary>
    /// <param name="path">A PEM file.</param>
    public static bool HoldsCertificate(string path)
    {
        ImmutableArray<Root>.Builder roots = ImmutableArray.CreateBuilder<Root>();
        ReadBundle(path, roots, []);
        return roots.Count > 0;
    }

    /// <summary>Whether a root came with the distribution, whose list is that of browsers; what an administrator added did not.</summary>
    /// <param name="root">DER encoding of the root.</param>
    /// <returns>Null if the distribution's own list cannot be read here.</returns>
    public static bool? IsOfDistribution(ReadOnlySpan<byte> root)
    {
        const string List = "/usr/share/ca-certificates/mozilla"; // Debian, Ubuntu: one file for each root
        try
        {
            foreach (string path in Directory.Exists(List) ? Directory.EnumerateFiles(List) : [])
            {
                if (!RegularFile.IsAt(path) || !RegularFile.TryRead(path, LargestBundle, out byte[] text))
                    continue;
                var reader = new PemReader(text);
                if (reader.Read() is OperationStatus.Done && reader.Octets.AsSpan().SequenceEqual(root))
                    return true;
            }

            return Directory.Exists(List) ? false : null;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Verifies a chain as a TLS client does.</summary>
    /// <param name="chain">DER encodings as sent, leaf first.</param>
    /// <param name="host">Name that the leaf must be for; an address literal is looked for among the addresses.</param>
    /// <param name="securityLevel">OpenSSL security level that keys and signatures must meet.</param>
    /// <returns>The verdict; null if the leaf is no certificate that OpenSSL can read.</returns>
    public TrustVerdict? Verify(ImmutableArray<byte[]> chain, string host, int securityLevel)
    {
        if (OpenSsl.Unavailable is not null || chain.IsEmpty)
            return null;

        nint[] certificates = [.. chain.Select(Decode)];
        nint untrusted = LibCrypto.OPENSSL_sk_new_null();
        try
        {
            if (certificates[0] == 0)
                return null;
            foreach (nint certificate in certificates.Skip(1).Where(certificate => certificate != 0))
                _ = LibCrypto.OPENSSL_sk_push(untrusted, certificate);

            Verification done = VerifyAgainst(Candidates(chain), certificates, untrusted, 0, securityLevel);
            if (IsAboutTheRoot(done.Code) && _roots.Length > 0) // names compare by more than their octets: try every root
                done = VerifyAgainst(_roots, certificates, untrusted, 0, securityLevel);
            int? ignoringDates = done.Code is 0
                ? null
                : VerifyAgainst(_roots, certificates, untrusted, LibCrypto.X509_V_FLAG_NO_CHECK_TIME, securityLevel).Code;
            return new TrustVerdict(
                done.Code,
                TlsSession.Text(LibCrypto.X509_verify_cert_error_string(done.Code)) ?? "",
                done.Depth,
                ignoringDates,
                Matches(certificates[0], host),
                [.. certificates.Select(certificate =>
                    certificate != 0 && LibCrypto.X509_verify(certificate, LibCrypto.X509_get0_pubkey(certificate)) == 1)],
                done.Path,
                done.OwnAnchor);
        }
        finally
        {
            LibCrypto.OPENSSL_sk_free(untrusted);
            foreach (nint certificate in certificates)
                LibCrypto.X509_free(certificate);
            LibCrypto.ERR_clear_error();
        }
    }

    /// <summary>Roots of the bundles and directories that bear the name of an issuer or a subject in a chain.</summary>
    /// <param name="chain">DER encodings as sent.</param>
    /// <returns>Their DER encodings.</returns>
    public ImmutableArray<byte[]> RootsNamedIn(ImmutableArray<byte[]> chain) =>
        OpenSsl.Unavailable is not null ? [] : [.. Candidates(chain).Concat(HashedRoots(chain)).Select(root => root.Octets).DistinctBy(octets => Fingerprint(octets))];

    /// <summary>
    /// Subject of a trusted root that seems to be of the same house as an issuer: the same organization (O), or, where
    /// the issuer names none, a common name that begins with the same word. Null if there is none.
    /// </summary>
    /// <param name="child">A certificate of the issuer.</param>
    public string? RelatedRoot(Certificate child)
    {
        string? word = child.IssuerOrganization is null ? FirstWord(child.Issuer) : null;
        return _roots
            .Select(root => Certificate.Read(root.Octets, out Certificate? certificate) is OperationStatus.Done ? certificate : null)
            .FirstOrDefault(root => root is not null && root.Subject != child.Issuer && (word is null
                ? string.Equals(root.SubjectOrganization, child.IssuerOrganization, StringComparison.OrdinalIgnoreCase)
                : string.Equals(FirstWord(root.Subject), word, StringComparison.OrdinalIgnoreCase)))
            ?.Subject;
    }

    /// <summary>SHA-256 in lower-case hexadecimal.</summary>
    /// <param name="octets">What to hash.</param>
    public static string Fingerprint(ReadOnlySpan<byte> octets)
    {
        Span<byte> digest = stackalloc byte[32];
        fixed (byte* input = octets, output = digest)
            _ = LibCrypto.SHA256(input, (nuint)octets.Length, output);
        return Convert.ToHexStringLower(digest);
    }

    // The word that names the house; none if all that the name says is what it is.
    private static string? FirstWord(string name)
    {
        string[] says = ["root", "intermediate", "issuing", "ca", "certificate", "certification", "authority", "the", "sub", "my"];
        int start = name.IndexOf("CN=", StringComparison.Ordinal);
        return start < 0
            ? null
            : name[(start + 3)..].Split(',')[0].Split([' ', '-', '_', '.'], StringSplitOptions.RemoveEmptyEntries)
                .FirstOrDefault(word => word.Length > 1 && !says.Contains(word, StringComparer.OrdinalIgnoreCase));
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool IsAboutTheRoot(int code) => code is 2 or 18 or 19 or 20 or 21 or 27;

    private static nint Decode(byte[] octets)
    {
        fixed (byte* pointer = octets)
        {
            byte* position = pointer;
            return LibCrypto.d2i_X509(null, &position, octets.Length);
        }
    }

    private static bool Matches(nint leaf, string host)
    {
        if (IPAddress.TryParse(host, out IPAddress? address))
        {
            byte[] octets = address.GetAddressBytes();
            fixed (byte* pointer = octets)
                return LibCrypto.X509_check_ip(leaf, pointer, (nuint)octets.Length, 0) == 1;
        }

        byte[] name = Encoding.UTF8.GetBytes(host.TrimEnd('.'));
        fixed (byte* pointer = name)
        {
            // Of a name that begins with a dot it would take every host below. A star stands for a whole label: RFC 9525, section 6.3.
            return name is not [] and not [(byte)'.', ..] && LibCrypto.X509_check_host(
                leaf, pointer, (nuint)name.Length, LibCrypto.X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | LibCrypto.X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, null) == 1;
        }
    }

    /// <summary>Roots that bear the name of an issuer or subject in the chain.</summary>
    private ImmutableArray<Root> Candidates(ImmutableArray<byte[]> chain)
    {
        var names = new List<ReadOnlyMemory<byte>>();
        foreach (byte[] octets in chain)
        {
            if (Certificate.Read(octets, out Certificate? certificate) is OperationStatus.Done)
                names.AddRange([certificate!.IssuerOctets, certificate.SubjectOctets]);
        }

        return [.. _roots.Where(root => names.Any(name => name.Span.SequenceEqual(root.Subject.Span)))];
    }

    // A directory has the roots in files that are named after the hash of the subject, with a number. Source: openssl-rehash(1).
    private IEnumerable<Root> HashedRoots(ImmutableArray<byte[]> chain)
    {
        const int MostOfAName = 16;
        string[] directories = _directory?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
        foreach (string hash in directories.Length == 0 ? [] : chain.SelectMany(NameHashes).Distinct())
        {
            foreach (string directory in directories)
            {
                ImmutableArray<Root>.Builder roots = ImmutableArray.CreateBuilder<Root>();
                for (int number = 0; number < MostOfAName; number++)
                {
                    string path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"{hash}.{number}"));
                    if (!File.Exists(path))
                        break;
                    ReadBundle(path, roots, []);
                }

                foreach (Root root in roots)
                    yield return root;
            }
        }
    }

    private static string[] NameHashes(byte[] octets)
    {
        nint certificate = Decode(octets);
        if (certificate == 0)
            return [];
        string[] hashes = [Hash(LibCrypto.X509_get_issuer_name(certificate)), Hash(LibCrypto.X509_get_subject_name(certificate))];
        LibCrypto.X509_free(certificate);
        return hashes;

        static string Hash(nint name)
        {
            int isDone;
            return ((uint)LibCrypto.X509_NAME_hash_ex(name, 0, null, &isDone)).ToString("x8", CultureInfo.InvariantCulture);
        }
    }

    private Verification VerifyAgainst(
        ImmutableArray<Root> roots, nint[] sent, nint untrusted, nuint flags, int securityLevel)
    {
        const int Unspecified = 1; // X509_V_ERR_UNSPECIFIED
        nint store = LibCrypto.X509_STORE_new();
        nint context = LibCrypto.X509_STORE_CTX_new();
        try
        {
            foreach (Root root in roots)
            {
                nint certificate = Decode(root.Octets);
                if (certificate == 0)
                    continue;
                _ = LibCrypto.X509_STORE_add_cert(store, certificate);
                LibCrypto.X509_free(certificate); // the store keeps its own reference
            }

            if (_directory is not null)
            {
                fixed (byte* directory = Encoding.UTF8.GetBytes(_directory + '\0'))
                    _ = LibCrypto.X509_STORE_load_locations(store, null, directory);
            }

            if (LibCrypto.X509_STORE_CTX_init(context, store, sent[0], untrusted) != 1)
                return new Verification(Unspecified, 0, [], null);
            fixed (byte* purpose = "ssl_server\0"u8)
                _ = LibCrypto.X509_STORE_CTX_set_default(context, purpose);
            nint parameters = LibCrypto.X509_STORE_CTX_get0_param(context);
            _ = LibCrypto.X509_VERIFY_PARAM_set_flags(parameters, flags | LibCrypto.X509_V_FLAG_PARTIAL_CHAIN);
            LibCrypto.X509_VERIFY_PARAM_set_auth_level(parameters, securityLevel);
            bool isGood = LibCrypto.X509_verify_cert(context) == 1;
            int code = LibCrypto.X509_STORE_CTX_get_error(context);
            (ImmutableArray<int> path, byte[]? ownAnchor) = PathOf(LibCrypto.X509_STORE_CTX_get0_chain(context), sent);
            return isGood
                ? new Verification(0, 0, path, ownAnchor)
                : new Verification(
                    code is 0 ? Unspecified : code, LibCrypto.X509_STORE_CTX_get_error_depth(context), path, ownAnchor);
        }
        finally
        {
            LibCrypto.X509_STORE_CTX_free(context);
            LibCrypto.X509_STORE_free(store);
        }
    }

    // Where each certificate of the path stands among those sent, and the last one if it was not sent but is trusted here.
    private static (ImmutableArray<int> Path, byte[]? OwnAnchor) PathOf(nint chain, nint[] sent)
    {
        ImmutableArray<int>.Builder path = ImmutableArray.CreateBuilder<int>();
        byte[]? own = null;
        int length = chain == 0 ? 0 : LibCrypto.OPENSSL_sk_num(chain);
        for (int i = 0; i < length; i++)
        {
            nint certificate = LibCrypto.OPENSSL_sk_value(chain, i);
            int place = Array.FindIndex(sent, other => other != 0 && LibCrypto.X509_cmp(certificate, other) == 0);
            path.Add(place);
            own = place < 0 ? Encode(certificate) : null;
        }

        return (path.ToImmutable(), own);
    }

    private static byte[]? Encode(nint certificate)
    {
        int length = LibCrypto.i2d_X509(certificate, null);
        if (length <= 0)
            return null;
        byte[] octets = new byte[length];
        fixed (byte* pointer = octets)
        {
            byte* position = pointer;
            return LibCrypto.i2d_X509(certificate, &position) == length ? octets : null;
        }
    }

    private static void ReadBundle(string path, ImmutableArray<Root>.Builder roots, List<string> problems)
    {
        byte[] text;
        try
        {
            // To open a pipe may wait for ever, and a device may have no end.
            if (!RegularFile.IsAt(path))
            {
                problems.Add($"{path} is no regular file");
                return;
            }

            if (!RegularFile.TryRead(path, LargestBundle, out text))
            {
                problems.Add($"{path} is larger than {LargestBundle >> 20} MiB");
                return;
            }
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            problems.Add($"{path} cannot be read: {refusal.Message}");
            return;
        }

        int before = roots.Count;
        var reader = new PemReader(text);
        for (OperationStatus status = reader.Read(); status is not OperationStatus.NeedMoreData; status = reader.Read())
        {
            if (reader.IsCertificate && Certificate.ReadSubject(reader.Octets, out Range subject) is OperationStatus.Done)
                roots.Add(new Root(reader.Octets, reader.Octets.AsMemory(subject)));
        }

        if (roots.Count == before)
            problems.Add($"{path} holds no certificate");
    }

    private static int CountHashedFiles(string directories, out string? problem)
    {
        int count = 0;
        problem = null;
        foreach (string directory in directories.Split(':', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                count += Directory.EnumerateFileSystemEntries(directory).Count(path => IsHashed(Path.GetFileName(path))); // files alone would take two calls for each link
            }
            catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
            {
                problem ??= $"{directory} cannot be read: {refusal.Message}";
            }
        }

        return count;
    }

    private static bool IsHashed(string name) => name.Length >= 10 && name[8] == '.'
        && uint.TryParse(name.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _)
        && int.TryParse(name.AsSpan(9), NumberStyles.None, CultureInfo.InvariantCulture, out _);

    private readonly record struct Root(byte[] Octets, ReadOnlyMemory<byte> Subject);

    private sealed record Verification(int Code, int Depth, ImmutableArray<int> Path, byte[]? OwnAnchor);
}

/// <summary>What verification makes of a chain.</summary>
/// <param name="Code">OpenSSL's X509_V_ERR code; 0 if the chain leads to a trusted root.</param>
/// <param name="Text">Its text.</param>
/// <param name="Depth">Which certificate it is about; 0 is the leaf.</param>
/// <param name="CodeIgnoringDates">The code when dates are ignored; null if nothing was wrong.</param>
/// <param name="NameMatches">Whether the name is among the leaf's alternative names.</param>
/// <param name="IsSelfSigned">For each certificate, whether its own key signed it.</param>
/// <param name="Path">The path that verification built, from the leaf on: places among the certificates sent, -1 for one of this machine's own.</param>
/// <param name="OwnAnchor">The end of that path in DER if it is one of this machine's own; null if it was sent.</param>
public sealed record TrustVerdict(
    int Code,
    string Text,
    int Depth,
    int? CodeIgnoringDates,
    bool NameMatches,
    ImmutableArray<bool> IsSelfSigned,
    ImmutableArray<int> Path,
    byte[]? OwnAnchor);
