using System.Diagnostics;
using System.Globalization;
using System.Net;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Dig;

/// <summary>A network namespace with BIND at 127.0.0.1 and ::1, by UDP, TCP, TLS and HTTP, and a server that misbehaves at 127.0.0.7.</summary>
public sealed class DigNamespace : IDisposable
{
    /// <summary>The secret of the key <c>k1.</c> of BIND.</summary>
    internal const string Secret = "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0";

    private readonly Process? _named;
    private readonly OddDnsServer? _odd;

    /// <summary>Starts the servers.</summary>
    public DigNamespace()
    {
        Name = string.Create(CultureInfo.InvariantCulture, $"netwhy-dig-{Environment.ProcessId}");
        Folder = Path.Combine(Path.GetTempPath(), Name);
        Lack = Environment.UserName != "root" ? "network namespaces need root"
            : !File.Exists("/usr/bin/dig") ? "dig is not installed (bind9-dnsutils)"
            : !File.Exists("/usr/sbin/named") ? "named is not installed (bind9)"
            : !File.Exists("/usr/bin/openssl") ? "openssl is not installed"
            : null;
        if (Lack is not null)
            return;

        Directory.CreateDirectory(Folder);
        Directory.CreateDirectory($"/etc/netns/{Name}");
        File.WriteAllText($"/etc/netns/{Name}/resolv.conf", "nameserver 127.0.0.1\nsearch small.test types.test\noptions ndots:1\n");
        WriteFiles();
        Run(null, "ip", "netns", "add", Name);
        Run(null, "ip", "-n", Name, "link", "set", "lo", "up");
        Run(null, "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", $"{Folder}/tls.key", "-out", $"{Folder}/tls.crt", "-days", "2", "-subj", "/CN=dns.test", "-addext", "subjectAltName=DNS:dns.test,IP:127.0.0.1");
        _named = NetWhyProgram.Start("ip", ["netns", "exec", Name, "named", "-g", "-n", "1", "-c", $"{Folder}/named.conf"], []);
        _ = _named.StandardError.ReadToEndAsync(CancellationToken.None); // it writes its log there, and would wait for a reader
        _odd = NetworkNamespace.Run(Name, () => new OddDnsServer(IPAddress.Parse("127.0.0.7"), 53));
        for (int i = 0; i < 200 && !Run(Name, "dig", "@127.0.0.1", "+short", "+time=1", "+tries=1", "web.small.test").Output.StartsWith("192", StringComparison.Ordinal); i++)
            Assert.True(!_named.HasExited, "named does not start");
    }

    /// <summary>Why there is no such namespace; null if there is.</summary>
    public string? Lack { get; }

    /// <summary>The name of the namespace.</summary>
    public string Name { get; }

    /// <summary>Where the files of the servers are.</summary>
    public string Folder { get; }

    /// <summary>Runs a program.</summary>
    /// <param name="name">The namespace; null for this one.</param>
    /// <param name="program">The program and its arguments.</param>
    internal ProgramResult Run(string? name, params string[] program)
    {
        string[] words = name is null ? program : ["ip", "netns", "exec", name, .. program];
        return NetWhyProgram.Run(words[0], words[1..], new() { ["HOME"] = Folder, ["TZ"] = "UTC" });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _odd?.Dispose();
        if (_named is not null)
        {
            _named.Kill(entireProcessTree: true);
            _named.WaitForExit();
            _named.Dispose();
        }

        if (Lack is not null)
            return;
        _ = Run(null, "ip", "netns", "delete", Name);
        Directory.Delete($"/etc/netns/{Name}", recursive: true);
        Directory.Delete(Folder, recursive: true);
    }

    private void WriteFiles()
    {
        File.WriteAllText($"{Folder}/small.zone", DigZones.Small);
        File.WriteAllText($"{Folder}/types.zone", DigZones.Types);
        File.WriteAllText($"{Folder}/reverse.zone", DigZones.Reverse);
        File.WriteAllText($"{Folder}/prefix.zone", DigZones.Prefix);
        File.WriteAllText($"{Folder}/key.conf", $"key \"k1.\" {{\n\talgorithm hmac-sha256;\n\tsecret \"{Secret}\";\n}};\n");
        File.WriteAllText($"{Folder}/batch", DigZones.Batch);
        File.WriteAllText($"{Folder}/named.conf", $$"""
            options {
                directory "{{Folder}}"; pid-file none; session-keyfile none; recursion no; allow-transfer { any; }; dnssec-validation no;
                listen-on port 53 { 127.0.0.1; }; listen-on-v6 port 53 { ::1; };
                listen-on port 853 tls lab { 127.0.0.1; }; listen-on port 443 tls lab http default { 127.0.0.1; }; listen-on port 80 tls none http default { 127.0.0.1; };
                server-id "lab-server"; rrset-order { order none; }; notify no; minimal-responses no;
            };
            tls lab { key-file "{{Folder}}/tls.key"; cert-file "{{Folder}}/tls.crt"; };
            key "k1." { algorithm hmac-sha256; secret "{{Secret}}"; };
            key "k512" { algorithm hmac-sha512; secret "{{Secret}}"; };
            zone "types.test" { type primary; file "types.zone"; check-names ignore; };
            zone "small.test" { type primary; file "small.zone"; check-names ignore; };
            zone "2.0.192.in-addr.arpa" { type primary; file "reverse.zone"; };
            zone "ipv4only.arpa" { type primary; file "prefix.zone"; };
            zone "keyed.test" { type primary; file "reverse.zone"; allow-query { key k1.; }; allow-transfer { key k1.; }; };
            controls { };
            """);
    }
}
