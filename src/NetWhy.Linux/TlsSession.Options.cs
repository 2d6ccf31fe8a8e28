using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

// What the caller wants, told to the library.
public sealed unsafe partial class TlsSession
{
    private const int Pem = 1, Der = 2; // SSL_FILETYPE_…

    private string? _passphrase;

    // Each with its length before it. Source: RFC 7301, section 3.1.
    private static byte[] ListOf(ImmutableArray<string> protocols)
    {
        List<byte> list = [];
        foreach (string protocol in protocols)
        {
            list.Add((byte)protocol.Length);
            list.AddRange(Encoding.ASCII.GetBytes(protocol));
        }

        return [.. list];
    }

    private void Apply(TlsOptions options)
    {
        const int HostName = 0; // TLSEXT_NAMETYPE_host_name
        const int Ocsp = 1; // TLSEXT_STATUSTYPE_ocsp
        const int SendFallback = 0x80; // SSL_MODE_SEND_FALLBACK_SCSV
        if (options.AllowWeak)
        {
            LibSsl.SSL_set_security_level(_ssl, 0);
            fixed (byte* list = "ALL:COMPLEMENTOFALL:@SECLEVEL=0\0"u8)
                _ = LibSsl.SSL_set_cipher_list(_ssl, list);
            fixed (byte* list = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256:TLS_AES_128_CCM_8_SHA256\0"u8)
                _ = LibSsl.SSL_set_ciphersuites(_ssl, list);
        }

        if (options.MinVersion is { } lowest)
            LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_MIN_PROTO_VERSION, lowest, null);
        if (options.MaxVersion is { } highest)
            LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_MAX_PROTO_VERSION, highest, null);
        if (!options.Settings.IsEmpty)
            Set(options.Settings);
        if (options.Trust is { } trust)
            Trust(trust);
        UseOwnCertificate(options);
        if (options.ServerName is { } name)
        {
            fixed (byte* pointer = Encoding.UTF8.GetBytes(name + '\0'))
                Check(LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_TLSEXT_HOSTNAME, HostName, pointer) == 1, TlsPart.ServerName, name);
        }

        if (options.AsksForStaple)
            LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_TLSEXT_STATUS_REQ_TYPE, Ocsp, null);
        if (!options.Protocols.IsEmpty)
        {
            byte[] protocols = ListOf(options.Protocols);
            fixed (byte* pointer = protocols)
                Check(LibSsl.SSL_set_alpn_protos(_ssl, pointer, (uint)protocols.Length) == 0, TlsPart.Protocols, string.Join(',', options.Protocols));
        }

        if (!options.NextProtocols.IsEmpty)
        {
            byte[] protocols = ListOf(options.NextProtocols);
            _nextProtocols = GC.AllocateUninitializedArray<byte>(protocols.Length, pinned: true); // the library takes what was chosen of it later
            protocols.CopyTo(_nextProtocols, 0);
        }

        if (options.IgnoresUnexpectedEnd)
            _ = LibSsl.SSL_set_options(_ssl, 1 << 7); // SSL_OP_IGNORE_UNEXPECTED_EOF
        if (options.IsFallback)
            LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_MODE, SendFallback, null);
        if (options.MaxFragmentLength is { } longest)
            _ = LibSsl.SSL_set_tlsext_max_fragment_length(_ssl, (byte)(BitOperations.Log2((uint)longest) - 8)); // TLSEXT_max_fragment_length_512 is 1
        if (options.MaxSendFragment is { } most)
            LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_MAX_SEND_FRAGMENT, most, null);
        if (options.TakesLateRequests)
            LibSsl.SSL_set_post_handshake_auth(_ssl, 1);
        if (options.Session is { } session)
            Check(LibSsl.SSL_set_session(_ssl, session.Session) == 1, TlsPart.Session, "");
    }

    private void Set(ImmutableArray<(string Name, string? Value)> settings)
    {
        const uint CommandLine = 1, Client = 4, ShowErrors = 16; // SSL_CONF_FLAG_…
        nint configuration = LibSsl.SSL_CONF_CTX_new();
        _ = LibSsl.SSL_CONF_CTX_set_flags(configuration, CommandLine | Client | ShowErrors);
        LibSsl.SSL_CONF_CTX_set_ssl(configuration, _ssl);
        foreach ((string name, string? value) in settings)
        {
            LibCrypto.ERR_clear_error();
            fixed (byte* command = Encoding.UTF8.GetBytes($"-{name}\0"), text = value is null ? null : Encoding.UTF8.GetBytes(value + '\0'))
                Check(LibSsl.SSL_CONF_cmd(configuration, command, text) > 0, TlsPart.Setting, name);
        }

        Check(LibSsl.SSL_CONF_CTX_finish(configuration) == 1, TlsPart.Setting, "");
        LibSsl.SSL_CONF_CTX_free(configuration);
    }

    private void Trust(TlsTrust trust)
    {
        const int None = 0, Peer = 1; // SSL_VERIFY_…
        LibSsl.SSL_set_verify(_ssl, trust.IsRequired ? Peer : None, _observer is null ? null : &OnVerify);
        nint store = LibCrypto.X509_STORE_new();
        LoadAuthorities(store, trust);
        if (trust.HasFlagsInStore)
            _ = LibCrypto.X509_STORE_set_flags(store, trust.Flags);
        _ = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_VERIFY_CERT_STORE, 1, (void*)store);
        _ = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_SET_CHAIN_CERT_STORE, 1, (void*)store); // those of our own chain are found there, too
        LibCrypto.X509_STORE_free(store);
        Demand(LibSsl.SSL_get0_param(_ssl), trust);
    }

    private void LoadAuthorities(nint store, TlsTrust trust)
    {
        const int Load = 1, AddDirectory = 2; // X509_L_FILE_LOAD, X509_L_ADD_DIR
        const int AsPem = 1, AsUsual = 3; // X509_FILETYPE_…
        LibCrypto.ERR_clear_error();
        if (trust.AuthorityFile is not null || trust.HasUsualFile)
        {
            nint lookup = LibCrypto.X509_STORE_add_lookup(store, LibCrypto.X509_LOOKUP_file());
            fixed (byte* path = trust.AuthorityFile is { } file ? Encoding.UTF8.GetBytes(file + '\0') : null)
            {
                int isLoaded = LibCrypto.X509_LOOKUP_ctrl(lookup, Load, path, path is null ? AsUsual : AsPem, null);
                Check(isLoaded == 1 || path is null, TlsPart.AuthorityFile, trust.AuthorityFile ?? "");
            }
        }

        if (trust.AuthorityDirectory is not null || trust.HasUsualDirectories)
        {
            nint lookup = LibCrypto.X509_STORE_add_lookup(store, LibCrypto.X509_LOOKUP_hash_dir());
            fixed (byte* path = trust.AuthorityDirectory is { } directory ? Encoding.UTF8.GetBytes(directory + '\0') : null)
            {
                int isAdded = LibCrypto.X509_LOOKUP_ctrl(lookup, AddDirectory, path, path is null ? AsUsual : AsPem, null);
                Check(isAdded == 1 || path is null, TlsPart.AuthorityDirectory, trust.AuthorityDirectory ?? "");
            }
        }

        if (trust.RevocationFile is { } lists)
        {
            nint lookup = LibCrypto.X509_STORE_add_lookup(store, LibCrypto.X509_LOOKUP_file());
            LibCrypto.ERR_clear_error();
            fixed (byte* path = Encoding.UTF8.GetBytes(lists + '\0'))
                Check(LibCrypto.X509_load_crl_file(lookup, path, Pem) > 0 || LibCrypto.X509_load_crl_file(lookup, path, Der) > 0, TlsPart.RevocationFile, lists);
        }

        LibCrypto.ERR_clear_error(); // the usual file may be missing
    }

    private void Demand(nint parameters, TlsTrust trust)
    {
        _ = LibCrypto.X509_VERIFY_PARAM_set_flags(parameters, trust.Flags);
        if (trust.Depth is { } depth)
            LibCrypto.X509_VERIFY_PARAM_set_depth(parameters, depth);
        if (trust.AuthLevel is { } level)
            LibCrypto.X509_VERIFY_PARAM_set_auth_level(parameters, level);
        if (trust.Time is { } time)
            LibCrypto.X509_VERIFY_PARAM_set_time(parameters, time.ToUnixTimeSeconds());
        if (trust.Purpose is { } purpose)
        {
            fixed (byte* name = Encoding.UTF8.GetBytes(purpose + '\0'))
            {
                int index = LibCrypto.X509_PURPOSE_get_by_sname(name);
                Check(index >= 0 && LibCrypto.X509_VERIFY_PARAM_set_purpose(parameters, LibCrypto.X509_PURPOSE_get_id(LibCrypto.X509_PURPOSE_get0(index))) == 1, TlsPart.Trust, purpose);
            }
        }

        if (trust.HostName is { } host)
        {
            byte[] name = Encoding.UTF8.GetBytes(host);
            fixed (byte* pointer = name)
                Check(LibCrypto.X509_VERIFY_PARAM_set1_host(parameters, pointer, (nuint)name.Length) == 1, TlsPart.Trust, host);
        }

        if (trust.MailAddress is { } mail)
        {
            byte[] name = Encoding.UTF8.GetBytes(mail);
            fixed (byte* pointer = name)
                Check(LibCrypto.X509_VERIFY_PARAM_set1_email(parameters, pointer, (nuint)name.Length) == 1, TlsPart.Trust, mail);
        }

        if (trust.Address is { } address)
        {
            byte[] octets = address.GetAddressBytes();
            fixed (byte* pointer = octets)
                Check(LibCrypto.X509_VERIFY_PARAM_set1_ip(parameters, pointer, (nuint)octets.Length) == 1, TlsPart.Trust, address.ToString());
        }

        foreach (string policy in trust.Policies)
        {
            fixed (byte* text = Encoding.UTF8.GetBytes(policy + '\0'))
            {
                nint identifier = LibCrypto.OBJ_txt2obj(text, 0);
                Check(identifier != 0 && LibCrypto.X509_VERIFY_PARAM_add0_policy(parameters, identifier) == 1, TlsPart.Trust, policy);
            }
        }
    }

    private void UseOwnCertificate(TlsOptions options)
    {
        if (options is { CertificateFile: { } archive, CertificateForm: TlsFileForm.Archive })
        {
            bool isOpen = UseArchive(archive, options.Passphrase);
            if (!isOpen || options.KeyFile is null)
                return;
        }

        if (options is not { CertificateFile: { } certificate, KeyFile: { } key })
            return;
        _passphrase = options.Passphrase;
        LibSsl.SSL_set_default_passwd_cb(_ssl, &OnPassphrase); // without, the library asks at the terminal
        LibSsl.SSL_set_default_passwd_cb_userdata(_ssl, System.Runtime.InteropServices.GCHandle.ToIntPtr(_self));
        fixed (byte* file = Encoding.UTF8.GetBytes(certificate + '\0'), secret = Encoding.UTF8.GetBytes(key + '\0'))
        {
            LibCrypto.ERR_clear_error();
            int isUsed = options.CertificateForm is TlsFileForm.Archive ? 1
                : options.CertificateForm is TlsFileForm.Der ? LibSsl.SSL_use_certificate_file(_ssl, file, Der)
                : options.SendsWholeFile ? LibSsl.SSL_use_certificate_chain_file(_ssl, file) : LibSsl.SSL_use_certificate_file(_ssl, file, Pem);
            if (Check(isUsed == 1, TlsPart.Certificate, certificate))
                Check(LibSsl.SSL_use_PrivateKey_file(_ssl, secret, options.KeyForm is TlsFileForm.Der ? Der : Pem) == 1, TlsPart.Key, key);
        }

        if (options.ChainFile is { } chain)
            AddChain(chain);
    }

    // Certificate, key and the certificates above, of which the library makes copies or takes references.
    private bool UseArchive(string path, string? passphrase)
    {
        const int Longest = 16 << 20; // octets
        LibCrypto.ERR_clear_error();
        byte[] octets;
        try
        {
            using FileStream file = File.OpenRead(path);
            using var content = new MemoryStream();
            byte[] part = new byte[1 << 16];
            for (int read; content.Length < Longest && (read = file.Read(part)) > 0;) // a pipe does not tell its length
                content.Write(part, 0, read);
            octets = content.ToArray();
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return Check(isTaken: false, TlsPart.ArchiveFile, path);
        }

        nint archive;
        fixed (byte* pointer = octets)
        {
            byte* next = pointer;
            archive = LibCrypto.d2i_PKCS12(null, &next, octets.Length);
        }

        if (!Check(archive != 0, TlsPart.Archive, path))
            return false;
        nint key = 0, certificate = 0, above = 0;
        int isOpen;
        byte[]? secret = passphrase is null ? null : Encoding.UTF8.GetBytes(passphrase + '\0');
        fixed (byte* text = secret)
            isOpen = LibCrypto.PKCS12_parse(archive, text, &key, &certificate, &above);
        LibCrypto.PKCS12_free(archive);
        if (!Check(isOpen == 1, TlsPart.ArchiveContent, path))
            return false;
        bool isUsed = Check(certificate != 0 && LibSsl.SSL_use_certificate(_ssl, certificate) == 1, TlsPart.Certificate, path)
            && Check(key != 0 && LibSsl.SSL_use_PrivateKey(_ssl, key) == 1, TlsPart.Key, path);
        for (int i = 0; above != 0 && i < LibCrypto.OPENSSL_sk_num(above); i++)
        {
            nint one = LibCrypto.OPENSSL_sk_value(above, i);
            if (isUsed)
                _ = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_CHAIN_CERT, 1, (void*)one); // which takes a reference of its own
            LibCrypto.X509_free(one);
        }

        if (above != 0)
            LibCrypto.OPENSSL_sk_free(above);
        LibCrypto.X509_free(certificate);
        LibCrypto.EVP_PKEY_free(key);
        return isUsed;
    }

    private void AddChain(string path)
    {
        const int Most = 100;
        nint bio;
        LibCrypto.ERR_clear_error();
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'), mode = "r\0"u8)
            bio = LibCrypto.BIO_new_file(name, mode);
        int added = 0;
        while (bio != 0 && added < Most && LibCrypto.PEM_read_bio_X509(bio, null, 0, null) is var certificate && certificate != 0)
        {
            _ = LibSsl.SSL_ctrl(_ssl, LibSsl.SSL_CTRL_CHAIN_CERT, 1, (void*)certificate); // which takes a reference of its own
            LibCrypto.X509_free(certificate);
            added++;
        }

        Check(added > 0, TlsPart.Chain, path);
        LibCrypto.ERR_clear_error(); // the end of the file is none
        if (bio != 0)
            _ = LibCrypto.BIO_free(bio);
    }

    private bool Check(bool isTaken, TlsPart part, string value)
    {
        if (isTaken)
            return true;
        string reason = LibCrypto.ERR_peek_error() is var error && error == 0 ? "the library does not take it" : LibraryText.ReasonOf(error);
        _refusals.Add(new TlsRefusal(part, value, reason, [.. LibraryText.TakeErrors()]));
        return false;
    }
}
