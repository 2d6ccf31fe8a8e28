using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace NetWhy.Tests.Tools.Http;

/// <summary>nginx or haproxy on loopback before a server.</summary>
internal sealed class RealProxy : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("netwhy-proxy-");
    private readonly Process _process;

    /// <summary>Starts it, and waits until it listens.</summary>
    /// <param name="program"><c>nginx</c> or <c>haproxy</c>; the test is skipped where it is not installed.</param>
    /// <param name="server">The port of the server behind it.</param>
    internal RealProxy(string program, int server)
    {
        string path = $"/usr/sbin/{program}";
        if (!File.Exists(path))
        {
            Dispose(null);
            Assert.Skip($"{program} is not installed");
        }

        int port = FreePort();
        Url = $"http://127.0.0.1:{port}/";
        string file = Path.Combine(_directory.FullName, "configuration");
        bool isNginx = program is "nginx";
        File.WriteAllText(file, isNginx ? Nginx(_directory.FullName, port, server) : Haproxy(port, server));
        _process = Process.Start(new ProcessStartInfo(path, isNginx ? ["-c", file, "-e", "/dev/null"] : ["-q", "-db", "-f", file]) { RedirectStandardError = true })!;
        var clock = Stopwatch.StartNew();
        while (!Listens(port))
        {
            if (_process.HasExited || clock.Elapsed > TimeSpan.FromSeconds(20))
            {
                Dispose();
                Assert.Fail($"{program} does not listen");
            }

            Thread.Sleep(20);
        }
    }

    /// <summary>What to ask it for.</summary>
    internal string Url { get; }

    public void Dispose() => Dispose(_process);

    private static bool Listens(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false; // not yet
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Nginx(string directory, int port, int server) => $$"""
        daemon off;
        master_process off;
        pid {{directory}}/pid;
        error_log /dev/null;
        events {}
        http {
          access_log off;
          client_body_temp_path {{directory}}/body;
          proxy_temp_path {{directory}}/proxy;
          fastcgi_temp_path {{directory}}/fastcgi;
          uwsgi_temp_path {{directory}}/uwsgi;
          scgi_temp_path {{directory}}/scgi;
          server {
            listen 127.0.0.1:{{port}};
            location / { proxy_pass http://127.0.0.1:{{server}}; }
          }
        }
        """;

    private static string Haproxy(int port, int server) => $$"""
        defaults
          mode http
          retries 0
          timeout client 10s
          timeout server 10s
          timeout connect 10s
        frontend f
          bind 127.0.0.1:{{port}}
          default_backend b
        backend b
          server s 127.0.0.1:{{server}}

        """;

    private void Dispose(Process? process)
    {
        process?.Kill();
        process?.WaitForExit();
        process?.Dispose();
        _directory.Delete(recursive: true);
    }
}
