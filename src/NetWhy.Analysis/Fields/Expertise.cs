namespace NetWhy.Analysis.Fields;

/// <summary>How grave a finding of an expert is. Source: Wireshark, epan/proto.h: the numbers are the values of <c>_ws.expert.severity</c>.</summary>
public enum Severity
{
    /// <summary>What somebody wrote.</summary>
    Comment = 0x100000,

    /// <summary>The usual course of things.</summary>
    Chat = 0x200000,

    /// <summary>Worth a look.</summary>
    Note = 0x400000,

    /// <summary>Something went wrong.</summary>
    Warning = 0x600000,

    /// <summary>A grave problem.</summary>
    Error = 0x800000,
}

/// <summary>What a finding is about. Source: Wireshark, epan/proto.h: the numbers are the values of <c>_ws.expert.group</c>.</summary>
public enum ExpertGroup
{
    /// <summary>A checksum.</summary>
    Checksum = 0x1000000,

    /// <summary>The order of messages.</summary>
    Sequence = 0x2000000,

    /// <summary>What the answer says.</summary>
    Response = 0x3000000,

    /// <summary>What is asked.</summary>
    Request = 0x4000000,

    /// <summary>What nobody reads further.</summary>
    Undecoded = 0x5000000,

    /// <summary>What cannot be put together.</summary>
    Reassemble = 0x6000000,

    /// <summary>What ends too early, or makes no sense.</summary>
    Malformed = 0x7000000,

    /// <summary>What the protocol does not allow.</summary>
    Protocol = 0x9000000,

    /// <summary>What is not safe.</summary>
    Security = 0xa000000,

    /// <summary>What somebody wrote.</summary>
    Comment = 0xb000000,

    /// <summary>What cannot be decrypted.</summary>
    Decryption = 0xc000000,

    /// <summary>What should not be used any more.</summary>
    Deprecated = 0xe000000,
}

/// <summary>What an expert makes of a finding.</summary>
/// <param name="Severity">How grave it is.</param>
/// <param name="Group">What it is about.</param>
public sealed record Expertise(Severity Severity, ExpertGroup Group);
