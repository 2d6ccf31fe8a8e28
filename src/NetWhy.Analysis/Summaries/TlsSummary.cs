using System.Text;
using NetWhy.Analysis.Dissection;

namespace NetWhy.Analysis.Summaries;

/// <summary>What summaries say of TLS. The wording is Wireshark's.</summary>
internal static class TlsSummary
{
    /// <summary>Says that records follow.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="version">The version that the server chose; 0 if it is not known.</param>
    internal static void Begin(PacketSummary summary, ushort version)
    {
        SetVersion(summary, version);
        summary.Restart();
    }

    /// <summary>Says that it carries a part of a message.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="version">The version that the server chose.</param>
    internal static void WritePart(PacketSummary summary, ushort version)
    {
        Begin(summary, version);
        summary.AppendPart("[TLS segment of a reassembled PDU]"u8);
    }

    /// <summary>Says that there is something where records should be.</summary>
    /// <param name="summary">The summary.</param>
    internal static void WriteUnknown(PacketSummary summary)
    {
        summary.Begin("SSL"u8);
        summary.AppendPart("Continuation Data"u8);
    }

    /// <summary>Says what kind of handshake message it is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="name">What it is called.</param>
    internal static void WriteHandshake(PacketSummary summary, string name) => summary.AppendPart(System.Text.Encoding.ASCII.GetBytes(name));

    /// <summary>Says what kind of heartbeat it is.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="name">What it is called.</param>
    internal static void WriteHeartbeat(PacketSummary summary, string name)
    {
        summary.AppendPart("Heartbeat "u8);
        summary.Append(name);
    }

    /// <summary>Says what an alert tells.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="level">Its level.</param>
    /// <param name="description">What it tells.</param>
    internal static void WriteAlert(PacketSummary summary, byte level, byte description)
    {
        summary.AppendPart("Alert (Level: "u8);
        summary.Append(ValueNames.TlsAlertLevel.GetValueOrDefault(level) ?? $"Unknown ({level})");
        summary.Append($", Description: {ValueNames.TlsAlert.GetValueOrDefault(description) ?? $"Unknown ({description})"})");
    }

    /// <summary>Says which version is spoken.</summary>
    /// <param name="summary">The summary.</param>
    /// <param name="version">The version, as in a hello.</param>
    internal static void SetVersion(PacketSummary summary, ushort version)
    {
        string name = TlsNames.ShortVersion(version) ?? "TLS";
        Span<byte> text = stackalloc byte[TlsNames.LongestShortVersion];
        summary.SetProtocol(text[..Encoding.ASCII.GetBytes(name, text)]);
    }
}
