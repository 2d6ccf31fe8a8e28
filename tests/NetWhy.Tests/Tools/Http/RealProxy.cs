using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
    /// <param name="streams">Requests at once that it allows over HTTP/2 and TLS; null for plain HTTP/1.</param>
    /// <param name="keptRequests">Requests behind which nginx ends a connection.</param>
    /// <param name="directives">What else nginx's server block says; the certificate is the file <c>pem</c>.</param>
    /// <param name="ofHttp">What its http block says besides.</param>
    /// <param name="until">When the certificate expires; in the year 2070 if left out.</param>
    internal RealProxy(string program, int server, int? streams = null, int keptRequests = 1000, string directives = "", string ofHttp = "", DateTimeOffset? until = null)
    {
        string path = $"/usr/sbin/{program}";
        if (!File.Exists(path))
        {
            Dispose(null);
            Assert.Skip($"{program} is not installed");
        }

        int port = FreePort();
        Url = $"{(streams is null ? "http" : "https")}://127.0.0.1:{port}/";
        string file = Path.Combine(_directory.FullName, "configuration");
        bool isNginx = program is "nginx";
        File.WriteAllText(file, isNginx ? Nginx(_directory.FullName, port, server, streams, keptRequests, directives, ofHttp) : Haproxy(_directory.FullName, port, server, streams));
        if (streams is not null)
            WriteCertificate(Authority, until ?? DateTimeOffset.UnixEpoch.AddYears(100));
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

    /// <summary>File of its certificate, which is its own authority.</summary>
    internal string Authority => Path.Combine(_directory.FullName, "pem");

    public void Dispose() => Dispose(_process);

    /// <summary>Whether somebody listens at a port of 127.0.0.1.</summary>
    /// <param name="port">The port.</param>
    internal static bool Listens(int port)
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

    /// <summary>Makes a certificate for 127.0.0.1, with its key, that signs itself.</summary>
    /// <param name="until">When it expires.</param>
    internal static X509Certificate2 Certificate(DateTimeOffset until)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, until);
    }

    private static void WriteCertificate(string path, DateTimeOffset until)
    {
        using X509Certificate2 certificate = Certificate(until);
        using ECDsa key = certificate.GetECDsaPrivateKey()!;
        File.WriteAllText(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }

    private static string Nginx(string directory, int port, int server, int? streams, int keptRequests, string directives, string ofHttp) => $$"""
        daemon off;
        master_process off;
        pid {{directory}}/pid;
        error_log /dev/null;
        events {}
        http {
          access_log off;
          {{ofHttp}}
          keepalive_requests {{keptRequests}};
          client_body_temp_path {{directory}}/body;
          proxy_temp_path {{directory}}/proxy;
          fastcgi_temp_path {{directory}}/fastcgi;
          uwsgi_temp_path {{directory}}/uwsgi;
          scgi_temp_path {{directory}}/scgi;
          server {
            listen 127.0.0.1:{{port}}{{(streams is null ? "" : " ssl http2")}};
            {{(streams is null ? "" : $"ssl_certificate {directory}/pem; ssl_certificate_key {directory}/pem; http2_max_concurrent_streams {streams};")}}
            {{directives}}
            location / { proxy_pass http://127.0.0.1:{{server}}; }
          }
        }
        """;

    private static string Haproxy(string directory, int port, int server, int? streams) => $$"""
        global
          {{(streams is null ? "" : $"tune.h2.max-concurrent-streams {streams}")}}
        defaults
          mode http
          retries 0
          timeout client 10s
          timeout server 10s
          timeout connect 10s
        frontend f
          bind 127.0.0.1:{{port}}{{(streams is null ? "" : $" ssl crt {directory}/pem alpn h2")}}
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
