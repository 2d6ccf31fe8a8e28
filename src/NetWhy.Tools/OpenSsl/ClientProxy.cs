using System.Text;
using NetWhy.Linux;

namespace NetWhy.Tools.OpenSsl;

/// <summary>Has a proxy connect to the server, as <c>openssl s_client -proxy</c> does, and says in its words why it does not.</summary>
/// <param name="socket">The connection to the proxy.</param>
/// <param name="connection">What to wait by.</param>
/// <param name="patience">Longest wait for each answer; null for ever.</param>
/// <remarks>Source: OSSL_HTTP_proxy_connect(3ssl); RFC 9110, section 9.3.6.</remarks>
internal sealed class ClientProxy(LinuxSocket socket, ClientConnection connection, TimeSpan? patience)
{
    private const int MostLines = 1000, LongestLine = 4096;

    private string _end = "";

    /// <summary>Whether the proxy said nothing for as long as it was waited for.</summary>
    internal bool IsTimeout { get; private set; }

    /// <summary>Asks for the connection.</summary>
    /// <param name="host">Name or address of the server.</param>
    /// <param name="port">Its port.</param>
    /// <param name="user">Whom it is asked for; null for nobody, and the password is then not sent.</param>
    /// <param name="password">The user's password; null for an empty one.</param>
    /// <returns>Why there is none; null if there is one.</returns>
    internal string? Ask(string host, string port, string? user, string? password)
    {
        const string Protocol = "HTTP/";
        const int VersionSize = 3;
        string name = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]" : host;
        if (name.Any(letter => letter is <= ' ' or '\x7f'))
            return "failed, the server's name has characters that no request can hold";
        string credentials = user is null ? "" : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"))}\r\n";
        if (!Write(Encoding.UTF8.GetBytes($"CONNECT {name}:{port} HTTP/1.0\r\nProxy-Connection: Keep-Alive\r\n{credentials}\r\n")) || ReadLine() is not { } status)
            return _end;
        if (!status.StartsWith(Protocol, StringComparison.Ordinal))
            return "failed, non-HTTP response";
        int end = Math.Min(status.Length, Protocol.Length + VersionSize);
        if (!status.AsSpan(Protocol.Length).StartsWith("1.", StringComparison.Ordinal))
            return $"failed, bad HTTP version {status[Protocol.Length..end]}";
        if (!status.AsSpan(end).StartsWith(" 2", StringComparison.Ordinal)) // each of 2xx will do
            return $"failed, reason={status[end..].TrimEnd()}";
        for (int i = 0; i < MostLines; i++)
        {
            if (ReadLine() is not { } line)
                return _end;
            if (line.Length == 0)
                return null;
        }

        return "failed, its answer has no end";
    }

    private bool Write(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            Errno errno = socket.Send(octets, out int sent);
            if (errno is not Errno.OK and not Errno.EAGAIN and not Errno.EINTR)
                return Fail(errno);
            octets = octets[sent..];
            if (errno is Errno.EAGAIN && !Await(PollEvents.Write))
                return false;
        }

        return true;
    }

    // One octet after the other: what follows the head is the server's.
    private string? ReadLine()
    {
        Span<byte> octet = stackalloc byte[1];
        var line = new StringBuilder();
        while (line.Length < LongestLine)
        {
            Errno errno = socket.Receive(octet, out int count);
            if (errno is Errno.EAGAIN && !Await(PollEvents.Read))
                return null;
            if (errno is Errno.EAGAIN or Errno.EINTR)
                continue;
            if (errno is not Errno.OK || count == 0)
            {
                _ = Fail(errno);
                return null;
            }

            if (octet[0] == '\n')
                return line.ToString().TrimEnd('\r');
            line.Append((char)octet[0]);
        }

        _end = "failed, its answer has no end";
        return null;
    }

    private bool Await(PollEvents events)
    {
        if (connection.Await(socket, events, patience))
            return true;
        (IsTimeout, _end) = (patience is not null, "timed out");
        return patience is null;
    }

    private bool Fail(Errno errno)
    {
        _end = errno is Errno.OK ? "failed, the proxy ends the connection" : $"failed, {LinuxException.Describe(errno)}";
        return false;
    }
}
