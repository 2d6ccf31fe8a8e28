using System.ComponentModel;
using System.Diagnostics;
using Xunit;

namespace NetWhy.Tests.Capture;

/// <summary>What tshark says of a capture: an independent judge. A test that asks it is skipped where it is not installed.</summary>
internal static class Tshark
{
    /// <summary>Reads fields of packets.</summary>
    /// <param name="path">The capture.</param>
    /// <param name="filter">Which packets, as a display filter; empty for all.</param>
    /// <param name="fields">The fields; several values of one are joined by commas.</param>
    /// <returns>For each packet its number, from 1, and the fields joined by <c>|</c>.</returns>
    internal static List<(int Number, string Fields)> Read(string path, string filter, params string[] fields)
    {
        string[] arguments =
        [
            "-n", "-r", path, "-2", "-o", "tcp.desegment_tcp_streams:FALSE", "-o", "tls.desegment_ssl_records:FALSE", "-T", "fields", "-E", "separator=|",
            .. filter.Length > 0 ? ["-Y", filter] : Array.Empty<string>(), "-e", "frame.number", .. fields.SelectMany(field => (string[])["-e", field]),
        ];
        var start = new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using Process process = Process.Start(start)!;
            Task<string> complaints = process.StandardError.ReadToEndAsync();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, complaints.Result);
            return [.. lines.Select(line => line.Split('|', 2)).Select(parts => (int.Parse(parts[0], null), parts[1]))];
        }
        catch (Win32Exception)
        {
            Assert.Skip("tshark is not installed");
            throw;
        }
    }
}
