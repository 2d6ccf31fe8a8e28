using System.Net;
using System.Text;
using NetWhy.Evidence;

namespace NetWhy.Names;

/// <summary>The files that say how this machine resolves names, as found at one moment.</summary>
/// <param name="Settings">resolv.conf, with what the environment changes.</param>
/// <param name="SettingsState">Whether resolv.conf could be read.</param>
/// <param name="LinkTarget">What resolv.conf links to; null if it is no link.</param>
/// <param name="Order">nsswitch.conf.</param>
/// <param name="Hosts">The hosts file.</param>
/// <param name="HostsState">Whether the hosts file could be read.</param>
public sealed record ResolverFiles(
    ResolverSettings Settings,
    FileState SettingsState,
    string? LinkTarget,
    NameServiceSwitch Order,
    HostsFile Hosts,
    FileState HostsState)
{
    private const string HostNameFile = "/proc/sys/kernel/hostname";
    private const string UpstreamsFile = "/run/systemd/resolve/resolv.conf";

    private static readonly IPAddress[] Stubs = [IPAddress.Parse("127.0.0.53"), IPAddress.Parse("127.0.0.54")];

    private const int UnknownSize = 4096; // octets; files of /proc say that they have none
    private const int MaxSize = 4 << 20; // octets; a hosts file of this size is a block list, the rest a mistake

    /// <summary>Reads the files; one that cannot be read counts as empty, as it does for the C library.</summary>
    /// <param name="environment">Looks up an environment variable.</param>
    public static ResolverFiles Read(Func<string, string?> environment)
    {
        (string settings, FileState settingsState) = ReadFile(ResolverSettings.Path);
        (string hosts, FileState hostsState) = ReadFile(HostsFile.Path);
        return new ResolverFiles(
            ResolverSettings.Parse(
                settings, ReadFile(HostNameFile).Text.Trim(), environment("LOCALDOMAIN"), environment("RES_OPTIONS")),
            settingsState,
            ReadLink(ResolverSettings.Path),
            NameServiceSwitch.Parse(ReadFile(NameServiceSwitch.Path).Text),
            HostsFile.Parse(hosts),
            hostsState);
    }

    /// <summary>The same with other name servers.</summary>
    /// <param name="servers">The servers, at least one; more than <see cref="ResolverSettings.MaxServers"/> are asked too.</param>
    public ResolverFiles With(IEnumerable<IPAddress> servers) => this with
    {
        Settings = Settings with
        {
            Servers = [.. servers.Select(server => new NameServer(server, Scope: null))],
            IgnoredServers = [],
            UnreadableServers = [],
            IsDefaultServer = false,
        },
        SettingsState = FileState.Read,
        LinkTarget = null,
    };

    /// <summary>The servers that systemd-resolved, which applications reach at 127.0.0.53, asks in turn.</summary>
    /// <remarks>Source: systemd-resolved.service(8), "/etc/resolv.conf".</remarks>
    /// <returns>Empty if the stub is not configured, or its file cannot be read.</returns>
    public IReadOnlyList<IPAddress> Upstreams() => Settings.Servers.Any(server => Stubs.Contains(server.Address))
        ? [.. ResolverSettings.Parse(ReadFile(UpstreamsFile).Text) is { IsDefaultServer: false } upstream ? upstream.Servers.Select(ServerAddress.Of) : []]
        : [];

    private static (string Text, FileState State) ReadFile(string path)
    {
        try
        {
            using FileStream file = File.OpenRead(path);
            byte[] octets = new byte[Math.Clamp(file.Length, UnknownSize, MaxSize)];
            int length = file.ReadAtLeast(octets, octets.Length, throwOnEndOfStream: false);
            string text = Encoding.UTF8.GetString(octets, 0, length);
            return (text, string.IsNullOrWhiteSpace(text) ? FileState.Empty : FileState.Read);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return ("", FileState.Missing);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return ("", FileState.Unreadable);
        }
    }

    private static string? ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // the state of the file says that it cannot be read
        }
    }
}
