using System.Buffers;
using NetWhy.Wire.Dns;

namespace NetWhy.Names;

/// <summary>Whether a message answers a query.</summary>
/// <remarks>Source: RFC 5452, section 9.1; RFC 7873, section 5.3.</remarks>
public static class AnswerCheck
{
    private const int ClientCookieSize = 8; // octets

    /// <summary>Compares a message with the query that it should answer.</summary>
    /// <param name="query">The query as it was sent.</param>
    /// <param name="answer">What came.</param>
    /// <param name="isCaseRandom">Whether the letters of the question must have the case that they were sent with.</param>
    public static AnswerFault Find(ReadOnlySpan<byte> query, ReadOnlySpan<byte> answer, bool isCaseRandom = false)
    {
        if (DnsMessage.Read(answer, out DnsMessage came) is not OperationStatus.Done || !came.Header.IsResponse
            || DnsMessage.Read(query, out DnsMessage sent) is not OperationStatus.Done)
        {
            return AnswerFault.NoResponse;
        }

        if (came.Header.Id != sent.Header.Id)
            return AnswerFault.WrongId;

        // A server that could not read the question, or will not, need not repeat it.
        bool mayLackQuestion = came.Header.Questions == 0 && came.Header.ResponseCode is not DnsResponseCode.NoError;
        if (!mayLackQuestion && !HasSameQuestion(sent, came, isCaseRandom))
            return AnswerFault.WrongQuestion;

        return FindCookie(sent) is { Length: >= ClientCookieSize } mine && FindCookie(came) is { Length: >= ClientCookieSize } theirs
            && !mine[..ClientCookieSize].SequenceEqual(theirs[..ClientCookieSize])
                ? AnswerFault.WrongCookie
                : AnswerFault.None;
    }

    private static bool HasSameQuestion(DnsMessage sent, DnsMessage came, bool isCaseRandom)
    {
        if (sent.ReadQuestion(out DnsQuestion asked) is not OperationStatus.Done)
            return sent.Header.Questions == 0;
        if (came.ReadQuestion(out DnsQuestion question) is not OperationStatus.Done
            || question.Type != asked.Type || question.Class != asked.Class || !question.Name.Equals(asked.Name))
        {
            return false;
        }

        if (!isCaseRandom)
            return true;
        Span<byte> mine = stackalloc byte[DnsName.MaxLength];
        Span<byte> theirs = stackalloc byte[DnsName.MaxLength];
        return asked.Name.CopyTo(mine, out int length) is OperationStatus.Done
            && question.Name.CopyTo(theirs, out _) is OperationStatus.Done
            && mine[..length].SequenceEqual(theirs[..length]);
    }

    private static ReadOnlySpan<byte> FindCookie(DnsMessage message)
    {
        DnsRecordReader records = message.ReadRecords();
        while (records.Read() is OperationStatus.Done)
        {
            if (records.Section is DnsSection.Additional && records.Current.ReadEdns(out DnsEdns edns) is OperationStatus.Done)
                return FindCookie(edns);
        }

        return default;
    }

    private static ReadOnlySpan<byte> FindCookie(DnsEdns edns)
    {
        int offset = 0;
        while (edns.ReadOption(ref offset, out DnsOptionCode code, out ReadOnlySpan<byte> value) is OperationStatus.Done)
        {
            if (code is DnsOptionCode.Cookie)
                return value;
        }

        return default;
    }
}
