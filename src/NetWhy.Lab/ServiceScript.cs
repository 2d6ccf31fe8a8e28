using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace NetWhy.Lab;

/// <summary>Writes the configuration of a service and tells how to start it.</summary>
/// <param name="directory">Where the instance keeps its files.</param>
/// <param name="certificates">Where the certificates are.</param>
/// <param name="netwhy">The program itself.</param>
internal sealed partial class ServiceScript(string directory, string certificates, string netwhy)
{
    // Every name that is not of the lab is unknown: nothing is asked of the Internet.
    private static readonly string[] StandardRecords =
    [
        "lab.test. 60 IN SOA ns.lab.test. root.lab.test. 1 3600 600 86400 60",
        "lab.test. 60 IN NS ns.lab.test.",
        "ns.lab.test. 60 IN A 10.10.3.53",
        "ns.lab.test. 60 IN AAAA fd10:3::53",
        "lab.test. 60 IN A 10.10.2.2",
        "lab.test. 60 IN AAAA fd10:2::2",
        "www.lab.test. 60 IN A 10.10.2.2",
        "www.lab.test. 60 IN AAAA fd10:2::2",
        "api.lab.test. 60 IN A 10.10.2.3",
        "api.lab.test. 60 IN AAAA fd10:2::3",
        "v4.lab.test. 60 IN A 10.10.2.2",
        "v6.lab.test. 60 IN AAAA fd10:2::2",
        "alias.lab.test. 60 IN CNAME www.lab.test.",
        "text.lab.test. 60 IN TXT hello",
        "n.lab.test. 60 IN A 10.10.1.3",
        "r.lab.test. 60 IN A 10.10.1.1",
    ];

    /// <summary>Writes the files of <paramref name="service"/>.</summary>
    /// <param name="host">The host that it runs on.</param>
    /// <param name="number">Its number there, to tell its files from others.</param>
    /// <param name="service">The service.</param>
    public ServiceStart Write(string host, int number, Service service)
    {
        string id = string.Create(CultureInfo.InvariantCulture, $"{host}-{number}");
        return service switch
        {
            NginxService nginx => Start(
                id, $"nginx -e stderr -c {File($"{id}.conf", Nginx(id, nginx))}", PortsAfter(ListenDirective(), Nginx(id, nginx)), []),
            UnboundService unbound => Start(id, $"unbound -d -c {File($"{id}.conf", Unbound(id, unbound))}", [], [53]),
            NsdService nsd => Start(id, $"nsd -d -c {File($"{id}.conf", Nsd(id, nsd))}", [53], [53]) with { Address = nsd.Address },
            HaproxyService haproxy => Start(
                id, $"haproxy -db -f {File($"{id}.conf", Fill(haproxy.Config))}", PortsAfter(BindDirective(), haproxy.Config), []),
            CommandService command => Start(
                id, $"sh -c {Shell.Quote(Fill(command.Command))}", command.Port > 0 ? [command.Port] : [], []),
            FaultyService faulty => new ServiceStart(id, $"serve {Fill(faulty.Arguments)}", [], []),
            _ => throw new NotSupportedException(service.GetType().Name),
        };
    }

    /// <summary>Puts the instance's paths in place of <c>@dir@</c>, <c>@certs@</c> and <c>@netwhy@</c>.</summary>
    /// <param name="text">A configuration or a command.</param>
    public string Fill(string text) => text
        .Replace("@dir@", directory, StringComparison.Ordinal)
        .Replace("@certs@", certificates, StringComparison.Ordinal)
        .Replace("@netwhy@", netwhy, StringComparison.Ordinal);

    private ServiceStart Start(string id, string command, int[] tcp, int[] udp) =>
        new(id, $"{command} >{Shell.Quote(LogOf(id))} 2>&1 </dev/null &", tcp, udp);

    /// <summary>Where a service writes what it has to say.</summary>
    /// <param name="id">Which service.</param>
    public string LogOf(string id) => Path.Combine(directory, $"{id}.log");

    private string File(string name, string text)
    {
        string path = Path.Combine(directory, name);
        System.IO.File.WriteAllText(path, text);
        return Shell.Quote(path);
    }

    private string Nginx(string id, NginxService nginx)
    {
        string location = nginx.Location ?? "return 200 \"ok\\n\";";
        string servers = nginx.Config ?? $$"""
            server {
                listen 80; listen [::]:80;
                location / { {{location}} }
                location = /big { }
            }
            server {
                listen 443 ssl; listen [::]:443 ssl;
                ssl_certificate @certs@/{{nginx.Certificate}}.pem;
                ssl_certificate_key @certs@/{{nginx.Certificate}}.key;
                {{nginx.Tls}}
                location / { {{location}} }
                location = /big { }
            }
            """;
        string work = $"{directory}/{id}";
        System.IO.Directory.CreateDirectory(work);
        return Fill($$"""
            daemon off; worker_processes 1; user root; pid {{work}}/pid; error_log stderr info;
            events { worker_connections 4096; }
            http {
                access_log off; default_type text/plain; root @dir@/www;
                client_body_temp_path {{work}}; proxy_temp_path {{work}}; fastcgi_temp_path {{work}};
                uwsgi_temp_path {{work}}; scgi_temp_path {{work}};
                {{servers}}
            }

            """);
    }

    private string Unbound(string id, UnboundService unbound)
    {
        IEnumerable<string> records = StandardRecords
            .Where(record => !unbound.Without.Any(name => record.StartsWith($"{name} ", StringComparison.Ordinal) || record.StartsWith($"{name}. ", StringComparison.Ordinal)))
            .Concat(unbound.Records);
        string[] zone = [.. records.Where(IsOfTheLab)];
        string zoneFile = File($"{id}.zone", $"$ORIGIN .\n{string.Join('\n', zone)}\n");
        return Fill($"""
            server:
                username: ""
                chroot: ""
                directory: "{directory}"
                pidfile: "{directory}/{id}.pid"
                use-syslog: no
                do-daemonize: no
                module-config: "iterator"
                interface: 10.10.3.53
                interface: fd10:3::53
                access-control: 0.0.0.0/0 allow
                access-control: ::/0 allow
                local-zone: "." static
                local-zone: "lab.test." transparent
            {string.Join('\n', records.Except(zone).Select(record => $"    local-data: '{record}'"))}
            {unbound.Config}
            auth-zone:
                name: "lab.test."
                zonefile: {zoneFile}
                for-upstream: no
            remote-control:
                control-enable: no

            """);
    }

    private string Nsd(string id, NsdService nsd)
    {
        string work = $"{directory}/{id}";
        System.IO.Directory.CreateDirectory(work);
        var config = new StringBuilder($"""
            server:
                ip-address: {nsd.Address}
                username: ""
                chroot: ""
                zonesdir: "{work}"
                database: ""
                pidfile: "{work}/pid"
                xfrdfile: "{work}/xfrd.state"
                zonelistfile: "{work}/zone.list"
                xfrdir: "{work}"
                server-count: 1
            remote-control:
                control-enable: no

            """);
        foreach ((string name, string text) in nsd.Zones)
        {
            string zone = name.TrimEnd('.') + ".";
            string file = File($"{id}-{zone}zone", $"$ORIGIN {zone}\n$TTL 300\n{text}");
            config.Append(CultureInfo.InvariantCulture, $"zone:\n    name: \"{zone}\"\n    zonefile: {file.Replace('\'', '"')}\n");
        }

        return config.ToString();
    }

    private static bool IsOfTheLab(string record) =>
        record.Split(' ')[0].TrimEnd('.') is { } owner && (owner == "lab.test" || owner.EndsWith(".lab.test", StringComparison.Ordinal));

    private static int[] PortsAfter(Regex pattern, string config) =>
        [.. pattern.Matches(config).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).Distinct()];

    [GeneratedRegex(@"\blisten\s+(?:\S*:)?(\d+)\b(?![^;]*\budp\b)")]
    private static partial Regex ListenDirective();

    [GeneratedRegex(@"\bbind\s+\S*:(\d+)\b")]
    private static partial Regex BindDirective();
}

/// <summary>How to start a service and how to see that it is ready.</summary>
/// <param name="Id">Names its files.</param>
/// <param name="Line">The shell line that starts it in the background.</param>
/// <param name="TcpPorts">Ports that listen when it is ready.</param>
/// <param name="UdpPorts">Ports that are bound when it is ready.</param>
internal sealed record ServiceStart(string Id, string Line, int[] TcpPorts, int[] UdpPorts)
{
    /// <summary>The address that they are bound to; null for any, where no other service of the host has the same ports.</summary>
    public IPAddress? Address { get; init; }
}
