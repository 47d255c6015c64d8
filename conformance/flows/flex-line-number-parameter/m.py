def run(q, line_number):
    return {'q': q, 'n': line_number}
