using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary><c>netwhy openssl</c>: sessions of TLS and certificates by hand.</summary>
internal sealed class OpenSslTool : ITool
{
    /// <summary>Exit code of the original for what cannot be done.</summary>
    internal const int Failure = 1;

    private const string Commands = "s_client, x509 and verify";

    /// <inheritdoc/>
    public string Name => "openssl";

    /// <inheritdoc/>
    public string Summary => "Speak TLS by hand, show and verify certificates, as openssl s_client, x509 and verify do.";

    /// <inheritdoc/>
    public bool ReportsWhenInterrupted => true; // with --why and --json

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("x509 -in FILE -noout -text", "show a certificate (standard input without -in); without -noout it follows in PEM; PEM with text around it, or DER"),
        ("-subject -issuer -serial -dates -startdate -enddate", "only that, in the order of the options; -dateopt iso_8601"),
        ("-fingerprint -sha256  -pubkey  -modulus  -hash  -issuer_hash", "digest (any that libcrypto knows), key, hashes of names"),
        ("-ext NAME,…  -purpose  -email  -ocsp_uri  -ocspid  -alias", "extensions by their short names; what it is for; addresses in it"),
        ("-checkend SECONDS", "exit code 1 if it expires by then"),
        ("-checkhost NAME  -checkip ADDRESS  -checkemail ADDRESS", "is it for them? (says so; the exit code stays 0, as with openssl)"),
        ("-nameopt OPTIONS  -certopt OPTIONS", "how names and certificates are printed: RFC2253, multiline, utf8; no_pubkey, no_sigdump, ext_parse …"),
        ("-inform PEM|DER  -outform PEM|DER  -out FILE  -trustout", "forms of input and output"),
        ("verify [-CAfile FILE] [-untrusted FILE] CERTIFICATE…", "verify as openssl does: its lines, error numbers and exit codes (0, 1, 2)"),
        ("-CApath DIR  -trusted FILE  -no-CAfile  -no-CApath", "whom to trust; without any of them, this machine's roots"),
        ("-verify_hostname NAME  -verify_ip  -verify_email  -purpose NAME", "whom and what for: sslserver, sslclient, smimesign …"),
        ("-partial_chain  -verify_depth N  -auth_level N  -x509_strict", "how"),
        ("-attime SECONDS  -no_check_time  -allow_proxy_certs  -ignore_critical", "when, and what is let pass"),
        ("-crl_check  -crl_check_all  -CRLfile FILE", "by revocation lists"),
        ("-policy OID  -policy_check  -explicit_policy  -inhibit_any  -inhibit_map", "certificate policies"),
        ("-show_chain  -verbose  -nameopt OPTIONS", "what is shown"),
        ("s_client -connect HOST:PORT", "speak TLS: what came of the handshake, then standard input and output; Q ends, R renegotiates, K changes keys"),
        ("-servername NAME  -noservername  -alpn LIST  -status", "what is asked for: name, protocols, OCSP staple"),
        ("-tls1_2  -tls1_3  -no_tls1_3  -cipher  -ciphersuites  -groups  -sigalgs", "what is offered"),
        ("-starttls smtp|imap|pop3|ftp|ldap|postgres|mysql|xmpp  -proxy HOST:PORT", "what comes before TLS"),
        ("-cert FILE  -key FILE  -cert_chain FILE  -pass SOURCE", "our own certificate"),
        ("-verify N  -verify_return_error  -verify_hostname NAME", "end where verification fails (without, the exit code stays 0); all of verify's options"),
        ("-showcerts  -brief  -quiet  -ign_eof  -crlf  -nocommands  -prexit", "what is printed, and what standard input means"),
        ("-msg  -state  -debug  -tlsextdebug  -trace  -msgfile FILE  -keylogfile FILE", "what passes, while it passes"),
        ("-sess_out FILE  -sess_in FILE  -reconnect  -early_data FILE", "go on with a session"),
        ("--give-up-after SECONDS", "s_client: end if no message comes for so long before the session stands (openssl waits for ever)"),
        ("--why", "s_client, verify: on standard error, which certificate breaks which rule, and what to do"),
        ("--json", "one object: every field of a certificate, each verdict with its chain and reasons, or each message of a session with its time"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy openssl x509 -in server.crt -noout -subject -dates -ext subjectAltName", "whose, until when, for which names?"),
        ("netwhy openssl x509 -in server.crt -noout -checkend 604800", "exit code 1 if it expires within a week"),
        ("netwhy openssl x509 -in server.crt --json", "every field, for a program"),
        ("echo | netwhy openssl s_client -connect www.example.com:443 --why", "what does the server send, and who would refuse it?"),
        ("netwhy openssl verify --why -untrusted chain.pem server.crt", "does it lead to a root of this machine, and if not, why?"),
        ("netwhy openssl verify -CAfile ca.pem -verify_hostname www.example.com server.crt", "the same for a private CA and a name"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        string? command = arguments.Count == 0 ? null : arguments[0];
        string[] words = [.. arguments.Skip(1)];
        switch (command)
        {
            case null:
                throw new ToolException(Failure, $"say what to do: {Commands} are there; see netwhy openssl --help");
            case ClientOptions.Command:
                return RunClient(words, host, StandardInput.Descriptor);
            case "x509":
                return Run(command, words, host, () => X509Command.Run(words, host, () => host.ShowHelp(this)));
            case "verify":
                return Run(command, words, host, () => VerifyCommand.Run(words, host, () => host.ShowHelp(this)));
            case "help" or "-help":
                host.ShowHelp(this);
                return 0;
            default:
                throw new ToolException(Failure, $"Invalid command '{command}'; {Commands} are there; see netwhy openssl --help");
        }
    }

    /// <summary>Runs s_client.</summary>
    /// <param name="words">The words behind it.</param>
    /// <param name="host">What it may touch.</param>
    /// <param name="descriptor">Descriptor of what is sent to the server.</param>
    internal int RunClient(string[] words, IToolHost host, int descriptor) =>
        Run(ClientOptions.Command, words, host, () => ClientCommand.Run(words, host, () => host.ShowHelp(this), descriptor));

    private static int Run(string command, string[] words, IToolHost host, Func<int> run)
    {
        try
        {
            return run();
        }
        catch (OriginalRefusal refusal)
        {
            string[] lines = refusal.Message.Split('\n');
            if (words.Contains("--json"))
                throw new ToolException(refusal.ExitCode, lines[0]);
            host.Note($"{command}: {lines[0]}");
            foreach (string line in lines.Skip(1))
                host.Note(line);
            return refusal.ExitCode;
        }
    }
}
